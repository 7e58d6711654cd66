"""What the tables mean, in words: written by hand after looking at them."""

VERDICT = """## In short

- **Singles and 2×2: use `dynamic`.** At its own threshold it finds 78 to 100 % of the hot ones, the
  autoencoders 15 to 74 % (with fewer false alarms: 8 to 38 a megapixel against 92 and 201). At 100
  false alarms a megapixel `ae_detector` is level with it on hot singles in noise and on hot 2×2 of
  clean frames, and behind elsewhere. Dead ones `dynamic` finds in part (12 to 35 %), the
  autoencoders next to none.
- **Large hot clusters (8×8, 12×12) are where learning helps, and only there.** `dynamic` leaves them
  alone by design. `memae_detector` *ranks* their pixels at an AUROC of 0.97 to 1.00 (AE 0.84 to 0.92),
  yet the tail of ordinary texture is as high: at 100 false alarms a megapixel it marks 5 to 15 % of
  them. The transformer's `spread` marks 48 to 59 % in noise, 15 to 24 % without; its own threshold
  lets 1700 to 3400 false alarms a megapixel through here. With a map of dark frames one needs none
  of this.
- **Large dead clusters**: ranked better than by chance (`memae_detector` 0.71 to 0.88, the transformer's
  `gms` 0.76 to 0.95), found by nobody but `gms` (19 % of 8×8 in noise).
- **Faint clusters (5 to 20 %)**: nobody. AUROC 0.4 to 0.7, mostly 0.5: one photograph does not tell
  them from its own texture.
- **As correctors they are not worth their time.** Given the map they are level with `masked_median`
  (a little ahead on dense squares, a little behind on singles) and 2.6 to 8 dB behind `fsr` and
  `cluster`, in about twice their time. Without a map (`_blind`) most of the
  damage stays, because the detector does not claim it.
- **AE lightens, MemAE removes: confirmed.** Of a hot 4×4 square AE keeps 35 %, MemAE 16 %; of 12×12
  71 and 36 %; seeds differ by 4 points at most. The order of the PSNR is the paper's too (22.4 dB
  against 20.8 dB; there 31.1 and 26.3), both lower on photographs after a short training than on the
  paper's repeating patterns.
- **Pooling blurs the surroundings: not confirmed.** After as short a training the pooling network
  keeps 51 % of the detail, AE 20 %, MemAE 4 %; round clusters it is 1.3 dB ahead of AE. Unpooling
  by indices hands on the places of edges, and of defects: 74 % of a hot 4×4 square is left, and
  `cae_detector` is the worst of the three wherever clusters are large.
- The L1 residual is better than SSIM: the SSIM thresholds that clean frames bear find next to nothing.
- All three networks were trained for well under a minute of one core: the figures are of these
  weights, not of the architectures at their best. Few images: 6 for detection, 3 for repair."""
