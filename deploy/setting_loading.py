"""Settings as they are found, or what is wrong with them."""

from __future__ import annotations

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import SettingsError

from deploy.setting_types import variable
from deploy.settings import ConfigurationError, Settings
from deploy.unknown_variables import unknown_variables


def load_settings() -> Settings:
    """Raises ConfigurationError naming the variable and what is wrong with it."""
    if problems := setting_problems():
        raise ConfigurationError(problems[0])
    return Settings()


def setting_problems() -> list[str]:
    """A line each."""
    found = list(unknown_variables(Settings.model_fields))
    try:
        Settings()
    except ValidationError as error:
        found += [_line(each) for each in error.errors()]
    except (SettingsError, ValueError, OSError) as error:
        found.append(f"the settings can't be read: {type(error).__name__}: {error}")
    return found


def _line(error: ErrorDetails) -> str:
    name = "_".join(str(part) for part in error["loc"])
    message = " ".join(error["msg"].removeprefix("Value error, ").split())
    return f"{variable(name)}: {message}" if name else message
