"""What the tables mean, in words: written by hand after looking at them."""

VERDICT = """## In short

- **Singles and pairs, hot: use `dynamic`.** The autoencoders rank such pixels as well (AUROC 0.99 to 1.00), but at a
  threshold that clean photographs bear they find fewer of them. Nothing here replaces it.
- **Large hot clusters (4×4 to 12×12) are where a learned detector earns its place.** `dynamic` leaves them alone by
  design (AUROC 0.50, up to 0.84 at 4×4 where it may claim 25 pixels); `memae_detector` has 0.97 to 1.00, the
  transformer's `spread` 0.92 to 0.99, `ae_detector` 0.84 to 1.00.
- **Large dead clusters**: `memae_detector` 0.71 to 0.96, the transformer's `gms` map 0.76 to 0.95; better than chance,
  not good.
- **Faint clusters (5 to 20 %)**: nobody. AUROC 0.39 to 0.73, mostly 0.5: one photograph does not tell them from its
  own texture.
- **AE lightens, MemAE removes: confirmed.** Of a hot 4×4 square AE keeps 35 %, MemAE 16 %; of 12×12 71 and 36 %. The
  price is the paper's too, and steeper: 22.4 dB against 20.8 dB on photographs, which repeat less than its fabrics.
- **Pooling blurs the surroundings: not confirmed.** The pooling network keeps 51 % of the detail, AE 20 %, MemAE 4 %;
  unpooling by indices hands the places of edges on, and those of defects: 74 % of a hot 4×4 square is left.
  `cae_detector` is the worst of the three wherever clusters are large.
- The L1 residual is better than SSIM for single pixels and clusters alike.
- All three were trained for well under a minute of one core. Longer training raises the PSNR, and AE's and CAE's keep
  of defects with it: the figures are of these weights."""
