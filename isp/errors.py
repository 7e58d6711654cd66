"""What ispsim raises: one root, a class for each thing a user can mend.

Every message is a sentence for the user: what was given, what was expected, where, what to do.
"""


class IspError(ValueError):
    """Root of all errors raised for a wrong input; the command line prints it without a traceback."""


class FrameError(IspError):
    """A frame, its levels or its CFA are inconsistent."""


class FileError(IspError):
    """A file cannot be read as what it was given for, or cannot be written."""


class MapError(IspError):
    """A defect map is malformed, or belongs to another frame."""


class StageError(IspError):
    """A stage is unknown, got wrong parameters, or cannot work on this frame."""


class PipelineError(IspError):
    """The stages of a pipeline do not fit together."""


class ScenarioError(IspError):
    """A scenario file or an override is wrong."""


class UsageError(ScenarioError):
    """An option of the command line is wrong."""


class MissingDependencyError(IspError):
    """An optional dependency is not installed."""


class StageCheckError(IspError):
    """A stage does not keep what its kind promises (raised by `isp.testing.check_stage`)."""


def sentence(error: Exception) -> str:
    """What to tell the user of an error: ours as they are, others with their type."""
    return str(error) if isinstance(error, IspError) else f"{type(error).__name__}: {error}"
