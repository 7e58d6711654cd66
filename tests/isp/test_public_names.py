import sys
from types import ModuleType

import isp


def test_public_functions_stay_functions_when_modules_of_their_name_are_loaded():
    import isp.api
    import isp.bound

    assert callable(isp.compare) and not isinstance(isp.compare, ModuleType)
    assert callable(isp.stage) and not isinstance(isp.stage, ModuleType)
    assert isp.compare is sys.modules["isp.api"].compare


def test_every_public_name_is_there():
    assert all(getattr(isp, name) is not None for name in isp.__all__)
    assert set(isp.__all__) <= set(dir(isp))
    assert set(isp.__all__) == {*isp._HOME, "__version__"}
