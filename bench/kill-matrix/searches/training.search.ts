import { mnistTrainings } from '../mnist-trainings.js';

/** Real trainings of some seconds. */
export default mnistTrainings('training', { epochs: 30, trials: 8, gpus: 0 });
