// pg-boss on Postgres. Jobs are drained by fetch and complete in batches, which its documentation offers for throughput; work() waits for
// its polling interval between batches. For pickup and round trips work() polls as often as it allows, every half second.
import { createRequire } from 'node:module';
import PgBoss from 'pg-boss';
import { serve } from './protocol.mjs';

const require = createRequire(import.meta.url);
const CONNECTIONS = Number(process.env.BENCH_CONNECTIONS);
const PRIORITY = { high: 5, normal: 3, low: 1 };
const BATCH = 100;

const boss = new PgBoss({ connectionString: process.env.BENCH_DATABASE, max: CONNECTIONS });
boss.on('error', (error) => console.error(error));
await boss.start();
await boss.createQueue('bench');

const options = (job) => (job.level ? { priority: PRIORITY[job.level] } : {});

await serve({
  version: `pg-boss ${require('pg-boss/package.json').version}`,
  settings: `fetch and complete by ${BATCH} in 4 loops, ${CONNECTIONS} connections; otherwise work() with pollingIntervalSeconds 0.5, batchSize = slots and notifyWorker after a full batch`,

  add: (job) => boss.send('bench', job, options(job)),
  addMany: (jobs) => boss.insert(jobs.map((job) => ({ name: 'bench', data: job, ...options(job) }))),

  work: ({ slots, run, acknowledged, latency }) => (latency ? poll(slots, run, acknowledged) : fetchAndComplete(run, acknowledged)),

  async close() {
    await boss.stop({ graceful: false, wait: true });
  },
});

async function fetchAndComplete(run, acknowledged) {
  let stopping = false;
  const loops = Array.from({ length: 4 }, async () => {
    while (!stopping) {
      const jobs = await boss.fetch('bench', { batchSize: BATCH });
      if (jobs.length === 0) continue;
      await Promise.all(jobs.map((job) => run(job.data)));
      await boss.complete('bench', jobs.map((job) => job.id));
      acknowledged(jobs.length);
    }
  });
  return async () => {
    stopping = true;
    await Promise.all(loops);
  };
}

async function poll(slots, run, acknowledged) {
  let batch;
  const worker = await boss.work('bench', { pollingIntervalSeconds: 0.5, batchSize: slots }, (jobs) => {
    // After a full batch there is more: it need not wait for its interval.
    if (jobs.length === slots) boss.notifyWorker(worker);
    batch = Promise.all(jobs.map((job) => run(job.data))).then(() => acknowledged(jobs.length));
    return batch;
  });
  return async () => {
    await boss.offWork('bench');
    await batch;
  };
}
