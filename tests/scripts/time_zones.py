from datetime import datetime, timedelta, timezone

def rm_main():
    berlin = timezone(timedelta(hours=1))
    return datetime(2024, 1, 1, 12, tzinfo=timezone.utc).astimezone(berlin).isoformat()
