// kafkajs. It speaks old versions of most requests, so it is also the check of the low ends of the version ranges.
'use strict'

const { spawn } = require('child_process')
const readline = require('readline')
const { CompressionCodecs, CompressionTypes, ConfigResourceTypes, Kafka, Partitioners, logLevel } = require('kafkajs')
const lz4 = require('lz4-napi')
const snappy = require('snappyjs')
const { ZstdCodec } = require('zstd-codec')
const { check, environment, equal, holds, main, name, refused, say, sleep, until } = require('./check.js')

const kafka = new Kafka({
  clientId: 'klamm-interop',
  brokers: [environment.bootstrap],
  logLevel: logLevel.ERROR,
  retry: { initialRetryTime: 50, retries: 6 },
})
const CODECS = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 }
const XERIAL = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0])

/** kafkajs has gzip built in; the other codecs come from small libraries. Snappy is read raw and in xerial blocks. */
CompressionCodecs[CompressionTypes.Snappy] = () => ({
  compress: async encoder => Buffer.from(snappy.compress(encoder.buffer)),
  decompress: async buffer => {
    if (!buffer.subarray(0, 8).equals(XERIAL)) return Buffer.from(snappy.uncompress(buffer))
    const blocks = []
    for (let at = 16; at < buffer.length; ) {
      const size = buffer.readInt32BE(at)
      blocks.push(Buffer.from(snappy.uncompress(buffer.subarray(at + 4, at + 4 + size))))
      at += 4 + size
    }
    return Buffer.concat(blocks)
  },
})
CompressionCodecs[CompressionTypes.LZ4] = () => ({
  compress: async encoder => lz4.compressFrame(encoder.buffer),
  decompress: async buffer => lz4.decompressFrame(buffer),
})
const zstd = new Promise(resolve => ZstdCodec.run(module => resolve(new module.Streaming())))
CompressionCodecs[CompressionTypes.ZSTD] = () => ({
  compress: async encoder => Buffer.from((await zstd).compress(encoder.buffer)),
  decompress: async buffer => Buffer.from((await zstd).decompress(buffer)),
})

const javaPartitioner = { createPartitioner: Partitioners.DefaultPartitioner }

async function withAdmin(body) {
  const admin = kafka.admin()
  await admin.connect()
  try {
    return await body(admin)
  } finally {
    await admin.disconnect()
  }
}

async function create(topic, numPartitions = 1, configs = {}) {
  const configEntries = Object.entries(configs).map(([key, value]) => ({ name: key, value }))
  await withAdmin(admin => admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions, configEntries }] }))
  return topic
}

/** Sends messages with a producer of its own and returns what the broker answered. */
async function send(topic, messages, options = {}, config = {}) {
  const producer = kafka.producer({ ...javaPartitioner, ...config })
  await producer.connect()
  try {
    return await producer.send({ topic, messages, ...options })
  } finally {
    await producer.disconnect()
  }
}

const values = list => list.map(value => ({ value: String(value), partition: 0 }))
const numbers = (count, first = 0) => Array.from({ length: count }, (_, i) => i + first)

/** A running group member that collects messages and follows its assignment. */
class Member {
  constructor(groupId, config = {}) {
    this.messages = []
    this.assigned = []
    this.joins = 0
    this.consumer = kafka.consumer({ groupId, heartbeatInterval: 300, maxWaitTimeInMs: 300, ...config })
    this.consumer.on('consumer.group_join', ({ payload }) => {
      this.joins += 1
      this.assigned = Object.values(payload.memberAssignment).flat()
    })
  }

  async start(topic, runConfig = {}) {
    await this.consumer.connect()
    await this.consumer.subscribe({ topics: [topic], fromBeginning: true })
    await this.consumer.run({
      eachMessage: async ({ partition, message }) => {
        this.messages.push({ partition, ...message })
      },
      ...runConfig,
    })
    return this
  }

  async count(expected, seconds = 15) {
    await until(() => this.messages.length >= expected, `${expected} records, got ${this.messages.length}`, seconds)
    return this.messages
  }

  async stop() {
    await this.consumer.disconnect()
  }
}

/** Reads `count` records from the beginning with a group of its own. */
async function read(topic, count, config = {}) {
  const member = await new Member(`${topic}-reader-${Math.random()}`, config).start(topic)
  try {
    return [...(await member.count(count, 20))]
  } finally {
    await member.stop()
  }
}

check('tutorial', async () => {
  const topic = environment.fresh ? 'topic_test' : name('topic_test')
  const group = environment.fresh ? 'my-group-id' : name('my-group-id')
  const write = list => send(topic, list.map(number => ({ value: JSON.stringify({ number }) })))
  await write(numbers(100))
  const start = Date.now()
  let member = await new Member(group).start(topic)
  await member.count(1)
  const first = (Date.now() - start) / 1000
  await member.count(100)
  equal(member.messages.map(m => JSON.parse(m.value).number), numbers(100), 'records of the first run')
  const closing = Date.now()
  await member.stop()
  const close = (Date.now() - closing) / 1000
  await write(numbers(50, 100))
  member = await new Member(group).start(topic)
  await member.count(50)
  await sleep(300)
  await member.stop()
  equal(member.messages.map(m => JSON.parse(m.value).number), numbers(50, 100), 'records after the restart')
  holds(first < environment.firstRecordSecondsMax, `the first record took ${first} s`)
  return `first record ${first.toFixed(3)} s, close ${close.toFixed(3)} s`
})

check('fields-round-trip', async () => {
  const topic = await create(name('fields'))
  const now = Date.now()
  await send(topic, [
    { key: 'key', value: 'value', headers: { a: ['1', '2'], empty: '' }, timestamp: String(now) },
    { key: 'key', value: null, timestamp: String(now - 5000) },
    { key: null, value: 'value only', headers: { 'utf-é': '€' }, timestamp: String(now - 1) },
  ])
  const found = await read(topic, 3)
  const text = buffer => (buffer === null ? null : buffer.toString())
  equal(found.map(m => [text(m.key), text(m.value), m.timestamp]), [
    ['key', 'value', String(now)], ['key', null, String(now - 5000)], [null, 'value only', String(now - 1)],
  ], 'records')
  equal(found[0].headers.a.map(String), ['1', '2'], 'repeated header')
  equal(String(found[2].headers['utf-é']), '€', 'header')
})

check('acks-0-1-all', async () => {
  const topic = await create(name('acks'))
  for (const acks of [-1, 1, 0]) await send(topic, values(numbers(10).map(i => `${acks}/${i}`)), { acks })
  equal((await read(topic, 30)).map(m => String(m.value)), [-1, 1, 0].flatMap(a => numbers(10).map(i => `${a}/${i}`)), 'values')
})

check('idempotent-producer', async () => {
  const topic = await create(name('idempotent'))
  const producer = kafka.producer({ ...javaPartitioner, idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  const offsets = []
  for (let i = 0; i < 20; i++) {
    const [answer] = await producer.send({ topic, messages: values(numbers(10, i * 10)), acks: -1 })
    offsets.push(Number(answer.baseOffset))
  }
  await producer.disconnect()
  equal(offsets, numbers(20).map(i => i * 10), 'base offsets')
})

check('order-10000', async () => {
  const topic = await create(name('order'), 3)
  const producer = kafka.producer(javaPartitioner)
  await producer.connect()
  for (let i = 0; i < 10000; i += 1000) {
    await producer.send({ topic, messages: numbers(1000, i).map(n => ({ value: String(n), partition: n % 3 })) })
  }
  await producer.disconnect()
  const found = await read(topic, 10000)
  for (const partition of [0, 1, 2]) {
    const mine = found.filter(m => m.partition === partition).map(m => Number(m.value))
    equal(mine, numbers(10000).filter(n => n % 3 === partition), `partition ${partition}`)
  }
})

check('codecs-round-trip', async () => {
  const topic = await create(name('codecs'))
  const expected = []
  for (const [codec, compression] of Object.entries(CODECS)) {
    const list = numbers(50).map(i => `${codec}-${i} `.repeat(20))
    expected.push(...list)
    await send(topic, values(list), { compression }).catch(error => {
      throw new Error(`${codec}: ${error.message}`)
    })
  }
  equal((await read(topic, 250)).map(m => String(m.value)), expected, 'values')
})

check('topics', () => withAdmin(async admin => {
  const topic = name('topics')
  equal(await admin.createTopics({ topics: [{ topic, numPartitions: 3 }] }), true, 'created')
  await until(async () => (await admin.listTopics()).includes(topic), 'the topic is listed')
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
  equal(topics[0].partitions.length, 3, 'partitions')
  equal(await admin.createTopics({ topics: [{ topic }] }), false, 'created again')
  await refused('INVALID_TOPIC', () => admin.createTopics({ topics: [{ topic: 'no spaces please' }] }))
  await refused('INVALID_REPLICATION_FACTOR', () => admin.createTopics({ topics: [{ topic: topic + '-rf', replicationFactor: 7 }] }))
  await admin.deleteTopics({ topics: [topic] })
  await until(async () => !(await admin.listTopics()).includes(topic), 'the topic is gone')
}))

check('cluster', () => withAdmin(async admin => {
  const cluster = await admin.describeCluster()
  equal(cluster.brokers.map(b => `${b.host}:${b.port}`), [environment.bootstrap], 'brokers')
  holds(cluster.clusterId, 'the cluster has an id')
  holds(cluster.brokers.some(b => b.nodeId === cluster.controller), 'the controller is a listed broker')
}))

check('validate-only', () => withAdmin(async admin => {
  const topic = name('validate-only')
  await admin.createTopics({ validateOnly: true, waitForLeaders: false, topics: [{ topic, numPartitions: 1 }] })
  await sleep(300)
  holds(!(await admin.listTopics()).includes(topic), 'the topic was created')
}))

check('create-partitions', () => withAdmin(async admin => {
  const topic = await create(name('grow'), 2)
  await admin.createPartitions({ topicPartitions: [{ topic, count: 4 }] })
  const count = async () => (await admin.fetchTopicMetadata({ topics: [topic] })).topics[0].partitions.length
  await until(async () => (await count()) === 4, 'four partitions')
  await refused('INVALID_PARTITIONS', () => admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] }))
}))

check('configs', () => withAdmin(async admin => {
  const topic = await create(name('configs'), 1, { 'retention.ms': '123456', 'max.message.bytes': '4242' })
  const type = ConfigResourceTypes.TOPIC
  const describe = async () => {
    const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: [{ type, name: topic }] })
    return Object.fromEntries(resources[0].configEntries.map(e => [e.configName, e.configValue]))
  }
  const alter = (key, value) => admin.alterConfigs({ validateOnly: false, resources: [{ type, name: topic, configEntries: [{ name: key, value }] }] })
  equal((await describe())['retention.ms'], '123456', 'retention.ms')
  await alter('retention.ms', '654321')
  await until(async () => (await describe())['retention.ms'] === '654321', 'the new value is described')
  // This request replaces the whole configuration: what is not named goes back to its default.
  equal((await describe())['max.message.bytes'], '1048588', 'max.message.bytes')
  await refused('INVALID_CONFIG', () => alter('no.such.config', '1'))
  await refused('INVALID_CONFIG', () => alter('retention.ms', 'soon'))
}))

check('delete-records', () => withAdmin(async admin => {
  const topic = await create(name('delete-records'))
  await send(topic, values(numbers(10)))
  await admin.fetchTopicOffsets(topic) // loads the metadata that the next call needs
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '6' }] })
  equal((await read(topic, 4)).map(m => m.offset), ['6', '7', '8', '9'], 'offsets left')
}))

check('list-offsets', () => withAdmin(async admin => {
  const topic = await create(name('list-offsets'))
  const base = Date.now() - 60000
  for (const i of numbers(10)) await send(topic, [{ value: 'x', partition: 0, timestamp: String(base + 100 * i) }])
  const [{ low, high }] = await admin.fetchTopicOffsets(topic)
  equal([low, high], ['0', '10'], 'earliest and latest')
  const at = async timestamp => (await admin.fetchTopicOffsetsByTimestamp(topic, timestamp))[0].offset
  equal(await at(base + 450), '5', 'first at or after the timestamp')
  equal(await at(base - 1000), '0', 'before the first')
  equal(await at(base + 100000), '10', 'past the end (the client turns "none" into the end)')
}))

check('groups', () => withAdmin(async admin => {
  const topic = await create(name('groups-topic'), 2)
  const group = name('groups')
  await send(topic, numbers(4).map(i => ({ value: 'x', partition: i % 2 })))
  const member = await new Member(group).start(topic)
  await member.count(4)
  holds((await admin.listGroups()).groups.some(g => g.groupId === group), 'the group is listed')
  const state = async id => (await admin.describeGroups([id])).groups[0].state
  equal(await state(group), 'Stable', 'state')
  await refused('NON_EMPTY_GROUP', () => admin.deleteGroups([group]))
  await member.stop()
  await until(async () => (await state(group)) === 'Empty', 'the group is empty')
  await admin.deleteGroups([group])
  holds(!(await admin.listGroups()).groups.some(g => g.groupId === group), 'the group is gone')
  equal(await state(name('no-such-group')), 'Dead', 'state of an unknown group')
}))

check('group-offsets', () => withAdmin(async admin => {
  const topic = await create(name('group-offsets-topic'))
  const groupId = name('group-offsets')
  await send(topic, values(numbers(10)))
  const fetch = async () => (await admin.fetchOffsets({ groupId, topics: [topic] }))[0].partitions[0].offset
  equal(await fetch(), '-1', 'nothing committed')
  await admin.setOffsets({ groupId, topic, partitions: [{ partition: 0, offset: '7' }] })
  equal(await fetch(), '7', 'offset set by the admin')
  await admin.resetOffsets({ groupId, topic, earliest: true })
  equal(await fetch(), '-2', 'offset after the reset (the client commits the number that stands for "earliest")')
}))

check('group-two-members', async () => {
  const topic = await create(name('two-members-topic'), 4)
  const group = name('two-members')
  const first = await new Member(group).start(topic)
  await until(() => first.assigned.length === 4, 'the first member has all partitions')
  const second = await new Member(group).start(topic)
  await until(() => first.assigned.length === 2 && second.assigned.length === 2, 'two partitions each')
  await send(topic, numbers(40).map(i => ({ value: String(i), partition: i % 4 })))
  await until(() => first.messages.length + second.messages.length === 40, 'all records are read once')
  const start = Date.now()
  await second.stop()
  await until(() => first.assigned.length === 4, 'the first member has all partitions again')
  const note = `takeover after leaving ${((Date.now() - start) / 1000).toFixed(2)} s`
  await first.stop()
  return note
}, 40)

check('silent-member-and-zombie', async () => {
  const topic = await create(name('silent-topic'), 2)
  const group = name('silent')
  await send(topic, numbers(4).map(i => ({ value: 'x', partition: i % 2 })))
  const child = spawn(process.execPath, [__filename, 'member', topic, group], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const answer = async () => JSON.parse((await lines.next()).value.slice(2))
  try {
    equal((await answer()).assigned, 2, 'partitions of the first member')
    child.kill('SIGSTOP')
    const start = Date.now()
    const other = await new Member(group, { sessionTimeout: 6000, rebalanceTimeout: 6000 }).start(topic)
    await until(() => other.assigned.length === 2, "the silent member's partitions are taken over", 25)
    const seconds = (Date.now() - start) / 1000
    child.kill('SIGCONT')
    child.stdin.write('commit\n')
    const { error } = await answer()
    holds(error, "the zombie's commit was accepted")
    await other.stop()
    return `expired after ${seconds.toFixed(1)} s, zombie got ${error}`
  } finally {
    child.kill('SIGKILL')
  }
}, 40)

check('commit-and-seek', async () => {
  const topic = await create(name('seek-topic'))
  const group = name('seek')
  await send(topic, values(numbers(20)))
  let member = await new Member(group).start(topic, { autoCommit: false })
  await member.count(20)
  await member.consumer.commitOffsets([{ topic, partition: 0, offset: '12' }])
  member.messages.length = 0
  member.consumer.seek({ topic, partition: 0, offset: '5' })
  equal((await member.count(15))[0].offset, '5', 'offset after seek')
  await member.stop()
  member = await new Member(group).start(topic, { autoCommit: false })
  equal((await member.count(8))[0].offset, '12', 'offset of a new consumer')
  await member.stop()
})

check('compacted-needs-keys', async () => {
  const topic = await create(name('compacted'), 1, { 'cleanup.policy': 'compact' })
  const once = { retry: { retries: 0 } }
  // The client knows no name for error 87, but it must be an error.
  await refused('', () => send(topic, values(['no key']), {}, once))
  await send(topic, [{ key: 'k', value: 'v' }], {}, once)
})

check('log-append-time', async () => {
  const topic = await create(name('append-time'), 1, { 'message.timestamp.type': 'LogAppendTime' })
  const before = Date.now()
  const [answer] = await send(topic, [{ value: 'x', timestamp: '1000' }])
  const appended = Number(answer.logAppendTime)
  holds(appended >= before - 1000 && appended <= Date.now() + 1000, `append time in the answer: ${appended}`)
  // kafkajs 2 does not look at the batch's timestamp type, so the time in the record is what the producer sent.
  equal((await read(topic, 1)).length, 1, 'records')
})

check('max-message-bytes', async () => {
  const topic = await create(name('too-large'), 1, { 'max.message.bytes': '2000' })
  const once = { retry: { retries: 0 } }
  await refused('MESSAGE_TOO_LARGE', () => send(topic, values(['x'.repeat(5000)]), {}, once))
  await send(topic, values(['x'.repeat(500)]), {}, once)
})

check('first-batch-above-limit', async () => {
  const topic = await create(name('big-batch'))
  await send(topic, values(['x'.repeat(100000)]))
  equal((await read(topic, 1, { maxBytes: 1000, maxBytesPerPartition: 1000 }))[0].value.length, 100000, 'size of the value')
})

check('waiting-fetch-is-woken', async () => {
  const topic = await create(name('long-poll'))
  const member = await new Member(name('long-poll'), { maxWaitTimeInMs: 12000 }).start(topic)
  await until(() => member.assigned.length === 1, 'the member has its partition')
  const producer = kafka.producer(javaPartitioner)
  await producer.connect()
  await producer.send({ topic, messages: values(['warm up']) })
  await member.count(1)
  const waits = []
  for (const i of numbers(3, 2)) {
    await sleep(200)
    const start = Date.now()
    await producer.send({ topic, messages: values(['x']) })
    await member.count(i)
    waits.push(Date.now() - start)
  }
  await producer.disconnect()
  await member.stop()
  holds(Math.max(...waits) < 8000, `the fetch was answered after ${Math.max(...waits)} ms`)
  return `from send to record: ${waits.join(', ')} ms`
})

check('internal-topic-refused', async () => {
  const topic = await create(name('internal-topic'))
  await send(topic, values(['x']))
  await read(topic, 1) // a group has committed, so the internal topic exists
  await refused('INVALID_TOPIC', () => send('__consumer_offsets', [{ key: 'k', value: 'v' }], {}, { retry: { retries: 0 } }))
})

const verbs = {
  async member(topic, group) {
    const member = await new Member(group, { sessionTimeout: 6000, rebalanceTimeout: 6000 }).start(topic, { autoCommit: false })
    await member.count(4)
    say({ assigned: member.assigned.length })
    await new Promise(resolve => process.stdin.once('data', resolve))
    try {
      await member.consumer.commitOffsets([{ topic, partition: 0, offset: '1' }])
      say({ error: '' })
    } catch (error) {
      say({ error: error.type || error.name })
    }
  },

  async 'produce-matrix'(topic) {
    for (const [codec, compression] of Object.entries(CODECS)) {
      const messages = numbers(20).map(i => {
        const key = `kafkajs/${codec}/${i}`
        return { key, value: key + ':' + 'klamm '.repeat(40), headers: { codec }, partition: 0 }
      })
      await send(topic, messages, { compression })
    }
    say({ codecs: Object.keys(CODECS) })
  },

  async 'consume-matrix'(topic, count) {
    for (const m of await read(topic, Number(count))) {
      say({ key: String(m.key), value: String(m.value), headers: Object.entries(m.headers).map(([k, v]) => [k, String(v)]) })
    }
    say({ end: true })
  },

  async 'partition-keys'(topic) {
    const keys = numbers(40).map(i => `key-${i}`)
    keys.push('a', 'ab', 'abc', 'abcd', 'abcde', 'é€', '21', 'foobar', 'x'.repeat(100))
    await send(topic, keys.map(key => ({ key, value: 'x' })))
    const partitions = {}
    for (const m of await read(topic, keys.length)) partitions[String(m.key)] = m.partition
    say({ partitions })
  },
}

const [verb, ...rest] = process.argv.slice(2)
if (verb) {
  verbs[verb](...rest).then(() => process.exit(0), error => {
    console.error(error)
    process.exit(1)
  })
} else {
  main('kafkajs', require('kafkajs/package.json').version)
}
