"""Who and when: the only place that asks the machine for either."""

from __future__ import annotations

import datetime as dt
import os
import pwd


def now() -> dt.datetime:
    """This moment, in UTC."""
    return dt.datetime.now(dt.UTC)


def today() -> dt.date:
    """The day that it is in Hanoi."""
    from formbook.dates import today_in_hanoi

    return today_in_hanoi(now())


def shown(at: str) -> str:
    """The time of an event as people read it: that of Hanoi, to the minute."""
    from formbook.dates import in_hanoi

    return in_hanoi(at)


def account() -> str:
    """The operating-system account; by its number, since $USER says what anybody likes."""
    number = os.getuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
