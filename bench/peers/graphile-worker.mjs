// graphile-worker on Postgres. BENCH_BATCHED=1 gives the settings of its performance page: a local queue of 500 and completions in batches.
import { createRequire } from 'node:module';
import { Logger, makeWorkerUtils, run as startRunner } from 'graphile-worker';
import pg from 'pg';
import { serve } from './protocol.mjs';

const require = createRequire(import.meta.url);
const batched = process.env.BENCH_BATCHED === '1';
const CONNECTIONS = Number(process.env.BENCH_CONNECTIONS);
const PRIORITY = { high: 1, normal: 3, low: 5 };

const logger = new Logger(() => (level, message) => {
  if (level === 'error') console.error(message);
});
const pgPool = new pg.Pool({ connectionString: process.env.BENCH_DATABASE, max: CONNECTIONS });
pgPool.on('error', (error) => console.error(error));
pgPool.on('connect', (client) => client.on('error', (error) => console.error(error)));
const utils = await makeWorkerUtils({ pgPool, logger });
await utils.migrate();

const options = (job) => (job.level ? { priority: PRIORITY[job.level] } : {});

await serve({
  version: `graphile-worker ${require('graphile-worker/package.json').version}`,
  settings: batched
    ? `concurrentJobs = slots, localQueue.size 500, completeJobBatchDelay 0, failJobBatchDelay 0, ${CONNECTIONS} connections`
    : `concurrentJobs = slots, ${CONNECTIONS} connections, other settings as they come`,

  add: (job) => utils.addJob('job', job, options(job)),
  addMany: (jobs) => utils.addJobs(jobs.map((job) => ({ identifier: 'job', payload: job, ...options(job) }))),

  async work({ slots, run, acknowledged }) {
    const runner = await startRunner({
      pgPool,
      logger,
      noHandleSignals: true,
      taskList: { job: (payload) => run(payload) },
      preset: {
        worker: {
          concurrentJobs: slots,
          ...(batched ? { localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 } : {}),
        },
      },
    });
    runner.events.on('job:complete', () => acknowledged(1));
    return () => runner.stop();
  },

  // 'job:complete' comes before the completion is stored; a completed job is one whose row is gone.
  async settle() {
    while ((await pgPool.query('select exists (select 1 from graphile_worker.jobs) as left')).rows[0].left);
  },

  async close() {
    await utils.release();
    await pgPool.end();
  },
});
