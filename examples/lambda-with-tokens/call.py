"""Call the endpoint with a token: TOKEN=… python call.py "$(pulumi stack output url)".

A program that runs for long gives a function instead, which is asked for each request, since tokens expire.
"""

import os
import sys

import modelberth

with modelberth.client(sys.argv[1], token=os.environ.get("TOKEN")) as tumor:
    answer = tumor.predict(
        radius=17.99,
        texture=10.38,
        perimeter=122.8,
        area=1001.0,
        smoothness=0.1184,
        compactness=0.2776,
        concavity=0.3001,
        concave_points=0.1471,
        symmetry=0.2419,
        fractal_dimension=0.0787,
    )
print(answer)
