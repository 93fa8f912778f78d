import pandas as pd

def rm_main(data):
    when = pd.to_datetime(data["when"])
    data["weekday"] = when.dt.day_name()
    data["next"] = (when + pd.Timedelta(days=1)).dt.strftime("%d.%m.%Y")
    return data
