"""Parameters that every trainer stage has, each typed and described once."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

Minutes = Annotated[float | None, Field(gt=0, description="budget, wall-clock minutes")]
Resume = Annotated[bool, Field(description="go on from the state beside the weights")]
Force = Annotated[bool, Field(description="replace weights that are there")]
