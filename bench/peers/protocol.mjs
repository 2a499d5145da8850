// One JSON object a line: commands come on standard input, answers go to standard output. The timing loops stand here once, so that every
// peer is timed alike; bench/Systems/CommandLoop.cs holds the same loops for our own levels.
//
// A system gives
//   version, settings                     what the report says of it
//   add(job), addMany(jobs)               resolve when the queue has acknowledged the jobs
//   work({ slots, latency, order, run, acknowledged })
//                                         starts a worker of that many slots; run(job) is the handler, acknowledged(n) counts finished jobs;
//                                         latency: to start jobs soon matters more than to finish many; order: in which they start is looked at;
//                                         resolves with a function that stops it
//   settle()                              optional: resolves when everything acknowledged is also stored
//   call(job)                             optional: adds a job and resolves with its result
//   close()
// A job is { n, level, text }: its number, its priority (undefined for the system's default), and what makes it about 250 bytes.
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';

const TEXT = 'x'.repeat(200);
const LEVELS = ['low', 'normal', 'high'];
// Timers are rounded to milliseconds: a sender that is later than this counts its jobs from when it should have sent them.
const TIMER_ROUNDING_MS = 2;

const now = () => performance.now();
const makeJob = (n, level) => ({ n, level, text: TEXT });

export async function serve(system) {
  answer({ version: system.version, settings: system.settings, round_trip: system.call !== undefined });
  const loops = commands(system);
  for await (const line of createInterface({ input: process.stdin })) {
    const command = JSON.parse(line);
    answer(await loops[command.do](command));
  }
  await system.close();
}

function answer(value) {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

function commands(system) {
  return {
    async add({ count, parallel }) {
      let next = 0;
      const start = now();
      await Promise.all(Array.from({ length: parallel }, async () => {
        while (next < count) await system.add(makeJob(next++));
      }));
      return { ms: now() - start };
    },

    async bulk({ count, size, mix, level }) {
      const start = now();
      for (let from = 0; from < count; from += size) {
        const length = Math.min(size, count - from);
        await system.addMany(Array.from({ length }, (_, i) => makeJob(from + i, mix ? LEVELS[(from + i) % 3] : level)));
      }
      return { ms: now() - start };
    },

    async drain({ count, slots, order, rest }) {
      const started = [];
      let start;
      let left = count;
      const done = signal();
      const stop = await system.work({
        slots,
        order,
        run: (job) => {
          start ??= now();
          if (order) started.push(job.n);
        },
        acknowledged: (n) => {
          left -= n;
          if (left <= 0) done.resolve();
        },
      });
      await done.promise;
      if (!rest) await system.settle?.();
      const ms = now() - start;
      await stop();
      return { ms, order: order ? started : undefined };
    },

    async pickup({ at, slots, level, busy_ms: busyMs }) {
      const from = [];
      const samples = [];
      const done = signal();
      const stop = await system.work({
        slots,
        latency: true,
        run: (job) => {
          // Jobs of the caller who fills the queue keep their slot busy; only the others are measured.
          if (busyMs > 0 && job.level !== level) return pause(busyMs);
          samples.push(now() - from[job.n]);
          if (samples.length === at.length) done.resolve();
        },
        acknowledged: () => {},
      });
      const adds = [];
      const start = now();
      for (const [n, ms] of at.entries()) {
        const due = start + ms;
        const wait = due - now();
        if (wait > 0) await pause(wait);
        from[n] = now() - due > TIMER_ROUNDING_MS ? due : now();
        adds.push(system.add(makeJob(n, level)));
      }
      await Promise.all(adds);
      await done.promise;
      await stop();
      return { samples };
    },

    async 'round-trip'({ count, slots }) {
      const stop = await system.work({ slots, latency: true, run: () => {}, acknowledged: () => {} });
      const samples = [];
      for (let n = 0; n < count; n++) {
        const start = now();
        await system.call(makeJob(n));
        samples.push(now() - start);
      }
      await stop();
      return { samples };
    },
  };
}

function signal() {
  let resolve;
  const promise = new Promise((done) => { resolve = done; });
  return { promise, resolve };
}
