"""scikit-learn with several jobs: search, forests, boosting (OpenMP), k-means, a saved pipeline."""

import joblib
import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.cluster import KMeans
from sklearn.datasets import load_breast_cancer, make_regression
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


class Clip(BaseEstimator, TransformerMixin):
    def __init__(self, limit=3):
        self.limit = limit

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return np.clip(X, -self.limit, self.limit)


def rm_main():
    X, y = load_breast_cancer(return_X_y=True)
    pipeline = make_pipeline(StandardScaler(), Clip(), LogisticRegression(max_iter=200))
    search = GridSearchCV(pipeline, {"clip__limit": [1, 3]}, cv=3, n_jobs=2).fit(X, y)
    joblib.dump(search.best_estimator_, "model.joblib", compress=3)
    loaded = joblib.load("model.joblib")
    forest = RandomForestClassifier(8, random_state=0, n_jobs=2)
    scores = cross_val_score(forest, X, y, cv=3, n_jobs=2)
    A, b = make_regression(500, 8, noise=3, random_state=1)
    boosting = HistGradientBoostingRegressor(max_iter=8, random_state=0).fit(A, b)
    kmeans = KMeans(3, n_init=2, random_state=0).fit(A)
    return [
        search.best_params_, round(float(search.best_score_), 6),
        bool((loaded.predict(X) == search.predict(X)).all()),
        [round(float(score), 6) for score in scores], round(float(boosting.score(A, b)), 6),
        round(float(kmeans.inertia_), 3),
    ]  # fmt: skip
