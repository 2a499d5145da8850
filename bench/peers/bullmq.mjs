// BullMQ on Redis. Adds of many go by addBulk. It takes no jobs ahead of its handlers, so in a drain its worker has more of them than the other
// systems: of 32, 64, 128 and 200, measured in turns, 200 took the least processor time a job and was the fastest.
import { createRequire } from 'node:module';
import { Queue, QueueEvents, Worker } from 'bullmq';
import { serve } from './protocol.mjs';

const require = createRequire(import.meta.url);
const connection = { ...JSON.parse(process.env.BENCH_REDIS), maxRetriesPerRequest: null };
const DRAIN_CONCURRENCY = 200;
const PRIORITY = { high: 1, normal: 3, low: 5 };

const queue = new Queue('bench', { connection });
await queue.waitUntilReady();
let events;

const options = (job) => (job.level ? { priority: PRIORITY[job.level] } : {});

await serve({
  version: `BullMQ ${require('bullmq/package.json').version} on ioredis ${require('ioredis/package.json').version}`,
  settings: `drain: Worker concurrency ${DRAIN_CONCURRENCY} (the slots where the order is looked at); otherwise as many as slots; default lock of 30 s, completed jobs kept`,

  add: (job) => queue.add('job', job, options(job)),
  addMany: (jobs) => queue.addBulk(jobs.map((job) => ({ name: 'job', data: job, opts: options(job) }))),

  async work({ slots, run, acknowledged, latency, order }) {
    const worker = new Worker('bench', (job) => run(job.data), { connection, concurrency: latency || order ? slots : DRAIN_CONCURRENCY });
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
