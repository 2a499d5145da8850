// BullMQ on Redis. Settings as its documentation advises for throughput: one worker with the slots as its concurrency, adds of many with addBulk.
import { createRequire } from 'node:module';
import { Queue, QueueEvents, Worker } from 'bullmq';
import { serve } from './protocol.mjs';

const require = createRequire(import.meta.url);
const connection = { ...JSON.parse(process.env.BENCH_REDIS), maxRetriesPerRequest: null };
const PRIORITY = { high: 1, normal: 3, low: 5 };

const queue = new Queue('bench', { connection });
await queue.waitUntilReady();
let events;

const options = (job) => (job.level ? { priority: PRIORITY[job.level] } : {});

await serve({
  version: `BullMQ ${require('bullmq/package.json').version} on ioredis ${require('ioredis/package.json').version}`,
  settings: 'Worker concurrency = slots, default lock of 30 s, completed jobs kept',

  add: (job) => queue.add('job', job, options(job)),
  addMany: (jobs) => queue.addBulk(jobs.map((job) => ({ name: 'job', data: job, opts: options(job) }))),

  async work({ slots, run, acknowledged }) {
    const worker = new Worker('bench', (job) => run(job.data), { connection, concurrency: slots });
    worker.on('completed', () => acknowledged(1));
    worker.on('error', fail);
    await worker.waitUntilReady();
    return () => worker.close();
  },

  async call(job) {
    if (!events) {
      events = new QueueEvents('bench', { connection });
      await events.waitUntilReady();
    }
    return (await queue.add('job', job)).waitUntilFinished(events);
  },

  async close() {
    await events?.close();
    await queue.close();
  },
});

function fail(error) {
  console.error(error);
  process.exit(1);
}
