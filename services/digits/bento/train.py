"""Train the digits model from the images inside scikit-learn and save it, with its accuracy, to the model store."""

import bentoml
import joblib
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier

images, digits = load_digits(return_X_y=True)
seen, held_out, seen_digits, held_out_digits = train_test_split(
    images, digits, test_size=0.25, stratify=digits, random_state=0
)
model = KNeighborsClassifier(n_neighbors=4, weights="distance").fit(seen, seen_digits)
accuracy = model.score(held_out, held_out_digits)

with bentoml.models.create("digits", labels={"accuracy": f"{accuracy:.4f}", "images": str(len(seen))}) as saved:
    joblib.dump(model, saved.path_of("model.joblib"))

print(f"digits: accuracy {accuracy:.4f} on {len(held_out)} images it had not seen")
