import joblib
from sklearn.dummy import DummyClassifier

def rm_main():
    joblib.dump(DummyClassifier(strategy="constant", constant=7).fit([[0], [1]], [7, 8]), "m.joblib")
    return int(joblib.load("m.joblib").predict([[3]])[0])
