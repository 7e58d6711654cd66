"""Outputs whole or not at all, and what is said before any work."""

import pytest

from isp.errors import FileError
from isp.files import check_outputs


def test_what_goes_with_an_output_is_not_replaced_either(tmp_path):
    out, beside = tmp_path / "v.npy", tmp_path / "v.png"
    check_outputs(out, beside, force=False)
    beside.write_bytes(b"precious")
    with pytest.raises(FileError, match=r"v\.png', which goes with '.*v\.npy', already exists"):
        check_outputs(out, beside, force=False)
    check_outputs(out, beside, force=True)
