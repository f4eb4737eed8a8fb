"""The baseline of `clustering.rs`: scikit-learn's k-means on the same vectors, class after class.

    PECMAE_VECTORS=/tmp/vectors.f32 PECMAE_THREADS=2 \
    PECMAE_BASELINE="OMP_NUM_THREADS=2 python benches/kmeans_sklearn.py" cargo bench --bench clustering
"""

import json
import os
import time

import numpy as np
from sklearn.cluster import KMeans

N_CLASSES, PER_CLASS, FEATURE, K = 50, 2000, 768, 20

classes = np.fromfile(os.environ["PECMAE_VECTORS"], "<f4").reshape(N_CLASSES, PER_CLASS, FEATURE)
KMeans(n_clusters=K, n_init=1, random_state=0).fit(classes[0])  # threads and libraries are up
start = time.perf_counter()
runs = [KMeans(n_clusters=K, n_init=1, random_state=0).fit(z) for z in classes]
seconds = time.perf_counter() - start
print(json.dumps({
    "threads": float(os.environ.get("OMP_NUM_THREADS", os.cpu_count())),
    "kmeans_s": seconds,
    "inertia": float(sum(run.inertia_ for run in runs)),
    "iterations_per_class": float(np.mean([run.n_iter_ for run in runs])),
}))
