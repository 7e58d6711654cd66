"""What the tables mean, in words: written by hand after looking at them."""

VERDICT = """## In short

- **Hot singles and pairs: use `dynamic`.** The autoencoders rank such pixels as well (AUROC 0.95 to
  1.00), but a threshold that clean photographs bear finds fewer of them.
- **Large hot clusters (4×4 to 12×12) are where a learned detector earns its place.** `dynamic`
  leaves them alone by design (AUROC 0.50; up to 0.84 at 4×4 where it may claim 25 pixels).
  `memae_detector` has 0.97 to 1.00, the transformer's `spread` 0.92 to 0.99, `ae_detector` 0.84 to
  1.00. They rank the pixels; at thresholds for photographs they find parts of such clusters.
- **Large dead clusters**: `memae_detector` 0.71 to 0.96, the transformer's `gms` map 0.76 to 0.95:
  better than chance, not good.
- **Faint clusters (5 to 20 %)**: nobody. AUROC 0.4 to 0.7, mostly 0.5: one photograph does not tell
  them from its own texture.
- **AE lightens, MemAE removes: confirmed.** Of a hot 4×4 square AE keeps 35 %, MemAE 16 %; of 12×12
  71 and 36 %. The order of the PSNR is the paper's too (22.4 dB against 20.8 dB; there 31.1 and
  26.3), both lower on photographs after a short training than on the paper's repeating patterns.
- **Pooling blurs the surroundings: not confirmed.** After as short a training the pooling network
  keeps 51 % of the detail, AE 20 %, MemAE 4 %; round clusters it is 1.3 dB ahead of AE. Unpooling
  by indices hands on the places of edges, and of defects: 74 % of a hot 4×4 square is left, and
  `cae_detector` is the worst of the three wherever clusters are large.
- The L1 residual ranks better than SSIM nearly everywhere.
- All three networks were trained for well under a minute of one core: the figures are of these
  weights, not of the architectures at their best."""
