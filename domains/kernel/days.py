"""Business days: what is due by law is due by the calendar of India, whatever the hour in UTC."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domains.kernel.clock import now

INDIA = ZoneInfo("Asia/Kolkata")


def business_day(moment: datetime) -> date:
    """Return the date in India at a moment."""
    return moment.astimezone(INDIA).date()


def today() -> date:
    """Return the present date in India."""
    return business_day(now())


def end_of(day: date) -> datetime:
    """Return the moment at which a date in India is over."""
    if day == date.max:
        return datetime.max.replace(tzinfo=INDIA)
    return datetime.combine(day + timedelta(days=1), time.min, INDIA)


def years_after(day: date, years: int) -> date:
    """Return the same date so many years on; the 29th of February becomes the 28th, the last date stays."""
    year = day.year + years
    if year > date.max.year:
        return date.max
    try:
        return day.replace(year=year)
    except ValueError:
        return day.replace(year=year, day=28)
