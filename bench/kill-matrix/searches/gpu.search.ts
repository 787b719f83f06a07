import { mnistTrainings } from '../mnist-trainings.js';

/** Real trainings on the queue of GPUs, which run on processors where there is none. */
export default mnistTrainings('gpu', { epochs: 12, trials: 6, gpus: 1 });
