"""Records what Optuna says about three studies of fixed trials."""
import json, math, sys, warnings
import optuna
from optuna.distributions import *
from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances
from optuna.trial import create_trial
from optuna.visualization._edf import _get_edf_info
from optuna.visualization._hypervolume_history import _get_hypervolume_history_info
from optuna.visualization._rank import _get_order_with_same_order_averaging
import numpy as np
warnings.simplefilter('ignore'); optuna.logging.set_verbosity(optuna.logging.ERROR)
rng = np.random.RandomState(3)
dists = {'rate': FloatDistribution(1e-4, 1e-1, log=True), 'width': IntDistribution(8, 64, step=8),
  'units': IntDistribution(16, 512, log=True), 'drop': FloatDistribution(0, 0.5), 'act': CategoricalDistribution(['relu','tanh','gelu']), 'beta': FloatDistribution(0,1)}
trials=[]; study = optuna.create_study(directions=['minimize']); two = optuna.create_study(directions=['minimize','maximize']); three = optuna.create_study(directions=['minimize']*3)
for i in range(120):
  p = {'rate': float(10**rng.uniform(-4,-1)), 'width': int(8*rng.randint(1,9)), 'units': int(round(2**rng.uniform(4,9))), 'drop': float(rng.uniform(0,.5)), 'act': ['relu','tanh','gelu'][rng.randint(3)]}
  if p['act'] != 'relu': p['beta'] = float(rng.uniform(0,1))
  loss = (math.log10(p['rate'])+2.3)**2 + abs(p['width']-40)/40 + .3*math.log2(p['units'])/9 + (0.2 if p['act']=='tanh' else p.get('beta', .5)*.6) + .1*float(rng.normal())
  loss = round(loss, 3)
  size = p['width']*p['units']
  trials.append({'params': p, 'loss': loss, 'size': size})
  d = {k: dists[k] for k in p}
  study.add_trial(create_trial(params=p, distributions=d, value=loss))
  two.add_trial(create_trial(params=p, distributions=d, values=[loss, -size/1e4]))
  three.add_trial(create_trial(params=p, distributions=d, values=[loss, size/1e4, p['drop']]))
imp = get_param_importances(study, evaluator=PedAnovaImportanceEvaluator())
edf = _get_edf_info([study])
out = {'optuna': optuna.__version__, 'trials': trials, 'importance': imp,
 'edf': {'x': list(edf.x_values), 'y': list(edf.lines[0].y_values)},
 'hypervolume2': {'reference': [5, -3.5], 'values': list(map(float,_get_hypervolume_history_info(two, np.array([5.,-3.5])).values))},
 'hypervolume3': {'reference': [5, 3.5, .5], 'values': list(map(float,_get_hypervolume_history_info(three, np.array([5.,3.5,.5])).values))},
 'front2': [t.number for t in two.best_trials], 'front3': [t.number for t in three.best_trials],
 'ranks': list(map(float,_get_order_with_same_order_averaging(np.array([t['loss'] for t in trials]))))}
json.dump(out, open(sys.argv[1],'w'), indent=1)
