import pandas as pd
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

def rm_main(data):
    scaled = make_pipeline(MinMaxScaler()).fit_transform(data)
    return pd.DataFrame(scaled, columns=data.columns)
