"""CAE as a corrector: clusters as an autoencoder that pools and unpools reconstructs them.

See `stages.learned.autoencoders`; the card beside the weights says what they learned from.

Reference: J. Masci, U. Meier, D. Cireşan, J. Schmidhuber, *Stacked convolutional auto-encoders for
hierarchical feature extraction*, ICANN 2011.
"""

from isp.defects import DefectMap
from isp.frame import RawFrame
from isp.registry import BAYER, stage
from isp.repair import Repair
from stages.learned.autoencoders.painting import Join, repair_with
from stages.learned.running.place import Running


@stage(
    kind="corrector",
    reference="J. Masci et al., Stacked convolutional auto-encoders, ICANN 2011",
    cfas=BAYER,
    learned=True,
)
def cae(
    frame: RawFrame,
    defects: DefectMap,
    *,
    join: Join = True,
    running: Running,
) -> Repair:
    """Repair clusters by the reconstruction of an autoencoder that pools and unpools.

    Marked pixels are first painted with what is near in their plane, so that their own values do not
    matter; the reconstruction of that window is written into them. Only windows round the clusters are
    computed.

    Parameters
    ----------
    frame : RawFrame
        Bayer of any phase and dtype.
    defects : DefectMap
        Marked pixels; none of them is used.
    join : bool
        Whether what the reconstruction is off by at the good pixels is carried into the hole and taken
        off; without it the values are the network's alone.
    running : Running
        Device, precision and weights: fields of the set are parameters of the stage.

    Returns
    -------
    Repair
        Not repaired: pixels of a colour that their window knows nothing of.
    """
    return repair_with("cae", frame, defects, join, running)
