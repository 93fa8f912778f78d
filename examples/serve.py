import joblib

def rm_init(model_file):
    return joblib.load(model_file.name)

def rm_main(model, flowers):
    scored = flowers.iloc[::30].copy()
    scored["prediction"] = model.predict(scored.drop(columns="species").values)
    return scored
