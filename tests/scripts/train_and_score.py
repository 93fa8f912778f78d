from sklearn.tree import DecisionTreeClassifier

def rm_main(data):
    model = DecisionTreeClassifier(random_state=0).fit(data[["x"]].values, data["y"].values)
    return [int(p) for p in model.predict([[1.5], [9.5]])]
