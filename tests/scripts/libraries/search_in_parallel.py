from sklearn.datasets import load_iris
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import GridSearchCV


def rm_main():
    x, y = load_iris(return_X_y=True)
    search = GridSearchCV(
        HistGradientBoostingClassifier(max_iter=4, random_state=1), {"learning_rate": [0.1, 0.5]}, cv=2, n_jobs=2
    ).fit(x, y)
    return [search.best_params_, round(float(search.best_score_), 5)]
