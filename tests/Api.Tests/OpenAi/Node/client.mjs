// OpenAI's client for Node, unchanged, against the API of argv[2]. Prints each check as it passes; ends with 1 and the reason at the first that does not.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import OpenAI, { APIError, NotFoundError, UnprocessableEntityError, toFile } from 'openai';

const api = process.argv[2];
const client = new OpenAI({ baseURL: `${api}/v1`, apiKey: 'none', timeout: 120_000, maxRetries: 0 });
const ask = (model, more = {}) => ({ model, messages: [{ role: 'user', content: 'Say hello.' }], ...more });
const time = { type: 'function', function: { name: 'time', parameters: { type: 'object', properties: { zone: { type: 'string' } }, required: ['zone'] } } };

async function eventually(look) {
  for (const start = Date.now(); ;) {
    const seen = await look();
    if (seen) return seen;
    assert.ok(Date.now() - start < 120_000, `it did not come about in two minutes: ${look}`);
    await pause(50);
  }
}

const checks = {
  async models() {
    await eventually(async () => (await client.models.list()).data.some(model => model.id === 'default'));
  },

  async chat() {
    const answer = await client.chat.completions.create(ask('default'));
    assert.match(answer.choices[0].message.content, /simulated/);
    assert.equal(answer.choices[0].finish_reason, 'stop');
    assert.ok(answer.usage.total_tokens > 0);
  },

  async stream() {
    let [text, usage, reason] = ['', null, null];
    for await (const chunk of await client.chat.completions.create(ask('default', { stream: true, stream_options: { include_usage: true } }))) {
      text += chunk.choices[0]?.delta.content ?? '';
      reason = chunk.choices[0]?.finish_reason ?? reason;
      usage = chunk.usage ?? usage;
    }
    assert.match(text, /simulated/);
    assert.equal(reason, 'stop');
    assert.ok(usage.total_tokens > 0);
  },

  async tools() {
    const answer = await client.chat.completions.create(ask('default', { tools: [time], tool_choice: 'required' }));
    assert.equal(answer.choices[0].message.tool_calls[0].function.name, 'time');
    const stream = client.chat.completions.stream(ask('default', { tools: [time], tool_choice: 'required' }));
    const call = (await stream.finalMessage()).tool_calls[0];
    assert.equal(call.function.name, 'time');
    JSON.parse(call.function.arguments);
  },

  async errors() {
    await assert.rejects(client.chat.completions.create({ model: 'default', messages: [] }), error => error instanceof UnprocessableEntityError
      && error.status === 422 && error.code === 'invalid' && error.param === 'messages' && error.type === 'invalid_request_error');
    await assert.rejects(client.chat.completions.create(ask('nobody-serves-this')), error => error instanceof NotFoundError && error.code === 'model_not_found');
    await assert.rejects(client.files.retrieve('file-0'), error => error instanceof NotFoundError && error.code === 'not_found');
  },

  async aBrokenStreamThrows() {
    let text = '';
    await assert.rejects(async () => {
      for await (const chunk of await client.chat.completions.create(ask('broken', { stream: true }))) text += chunk.choices[0]?.delta.content ?? '';
    }, error => error instanceof APIError);
    assert.doesNotMatch(text, /hello\.$/i);
  },

  async aRetryJoinsTheJobOfTheFirstCall() {
    const jobs = async () => (await (await fetch(`${api}/api/v1/jobs?model_profile=retried`)).json()).jobs;
    let calls = 0;
    // The first connection breaks when its job is there.
    const breaking = async (url, init) => {
      if (++calls > 1) return fetch(url, init);
      const cut = new AbortController();
      const lost = fetch(url, { ...init, signal: cut.signal }).catch(() => {});
      await eventually(async () => (await jobs()).length > 0);
      cut.abort();
      await lost;
      throw new TypeError('fetch failed');
    };
    const answer = await new OpenAI({ baseURL: `${api}/v1`, apiKey: 'none', timeout: 120_000, fetch: breaking }).chat.completions.create(ask('retried'));
    assert.match(answer.choices[0].message.content, /simulated/);
    assert.equal((await jobs()).length, 1);
    assert.equal(calls, 2);
  },

  async filesAndBatches() {
    const line = (id, model) => JSON.stringify({ custom_id: id, method: 'POST', url: '/v1/chat/completions', body: ask(model) });
    const upload = async lines => client.files.create({ file: await toFile(Buffer.from(lines.join('\n')), 'input.jsonl'), purpose: 'batch' });
    const start = file => client.batches.create({ input_file_id: file.id, endpoint: '/v1/chat/completions', completion_window: '24h', metadata: { run: 'node' } });
    const ended = (batch, status) => eventually(async () => {
      const now = await client.batches.retrieve(batch.id);
      assert.ok([status, 'validating', 'in_progress', 'finalizing', 'cancelling'].includes(now.status), JSON.stringify(now));
      return now.status === status ? now : null;
    });
    const lines = async file => (await (await client.files.content(file)).text()).trim().split('\n').map(text => JSON.parse(text));

    const ids = Array.from({ length: 20 }, (_, i) => `request-${i}`);
    const file = await upload(ids.map(id => line(id, 'default')));
    assert.deepEqual([file.purpose, file.filename, (await client.files.retrieve(file.id)).bytes], ['batch', 'input.jsonl', file.bytes]);
    const done = await ended(await start(file), 'completed');
    assert.deepEqual([done.request_counts, done.metadata], [{ total: 20, completed: 20, failed: 0 }, { run: 'node' }]);
    const output = await lines(done.output_file_id);
    assert.deepEqual(output.map(one => one.custom_id).sort(), ids.toSorted());
    for (const one of output) assert.match(one.response.body.choices[0].message.content, /simulated/);

    const failed = await ended(await start(await upload(['{}', line('a', 'nobody-serves-this')])), 'failed');
    assert.deepEqual(failed.errors.data.at(-1).code, 'model_not_found');

    const slow = await start(await upload([line('a', 'stalled')]));
    await client.batches.cancel(slow.id);
    assert.deepEqual((await ended(slow, 'cancelled')).output_file_id, null);

    const all = [];
    for await (const batch of client.batches.list({ limit: 1 })) all.push(batch.id);
    assert.deepEqual([all.length, all[0]], [3, slow.id]);
    const files = [];
    for await (const one of client.files.list({ limit: 2, order: 'asc' })) files.push(one.id);
    assert.equal(files[0], file.id);
    assert.equal((await client.files.delete(file.id)).deleted, true);
    await assert.rejects(client.files.content(file.id), NotFoundError);
  },
};

for (const [name, check] of Object.entries(checks)) {
  await check();
  console.log(name);
}
