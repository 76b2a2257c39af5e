"""Train the tumor model from the records inside scikit-learn; save it, with what was measured, to the model store."""

import bentoml
import joblib
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import recall_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

MEANS = 10  # the first ten columns are the means of the ten measures; the others are their errors and extremes

records, benign = load_breast_cancer(return_X_y=True)
malignant = 1 - benign
seen, held_out, seen_malignant, held_out_malignant = train_test_split(
    records[:, :MEANS], malignant, test_size=0.25, stratify=malignant, random_state=0
)
model = make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced")).fit(seen, seen_malignant)
accuracy = model.score(held_out, held_out_malignant)
sensitivity = recall_score(held_out_malignant, model.predict(held_out))

labels = {"accuracy": f"{accuracy:.4f}", "sensitivity": f"{sensitivity:.4f}", "records": str(len(seen))}
with bentoml.models.create("tumor", labels=labels) as saved:
    joblib.dump(model, saved.path_of("model.joblib"))

print(f"tumor: accuracy {accuracy:.4f}, sensitivity {sensitivity:.4f} on {len(held_out)} records it had not seen")
