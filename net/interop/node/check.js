// The Node side of the suite's contract, see python/check.py.
'use strict'

const fs = require('fs')
const util = require('util')

const environment = {
  bootstrap: process.env.KLAMM_INTEROP_BOOTSTRAP || '127.0.0.1:9092',
  prefix: process.env.KLAMM_INTEROP_PREFIX || 't',
  firstRecordSecondsMax: Number(process.env.KLAMM_INTEROP_FIRST_RECORD_SECONDS_MAX || 20),
  fresh: process.env.KLAMM_INTEROP_FRESH === '1',
  done: new Set((process.env.KLAMM_INTEROP_DONE || '').split(',').filter(Boolean)),
  wanted: new RegExp(process.env.KLAMM_INTEROP_CHECKS || ''),
}
const checks = []

class Skip extends Error {}

/** Prints one line of the contract. */
function say(fields) {
  fs.writeSync(1, '@@' + JSON.stringify(fields) + '\n')
}

/** Returns a topic or group name of this run. */
function name(suffix) {
  return `${environment.prefix}-${suffix}`
}

/** Registers a check; `limit` is in seconds. */
function check(checkName, body, limit = 60) {
  checks.push({ checkName, body, limit })
}

/** Fails the check, saying both values, unless they are equal. */
function equal(actual, expected, what) {
  if (!util.isDeepStrictEqual(actual, expected)) {
    const short = value => util.inspect(value, { breakLength: Infinity, maxArrayLength: 12 }).slice(0, 300)
    throw new Error(`${what}: expected ${short(expected)}, got ${short(actual)}`)
  }
}

/** Fails the check unless `condition` holds. */
function holds(condition, what) {
  if (!condition) throw new Error(what)
}

/** Fails the check unless `body` fails with an error whose type contains `expected`. */
async function refused(expected, body) {
  let result
  try {
    result = await body()
  } catch (error) {
    const parts = [error, error.cause, ...(error.errors || []), ...(error.groups || []).map(g => g.error)].filter(Boolean)
    const text = parts.map(e => `${e.name} ${e.type || ''} ${e.message}`).join('; ')
    holds(text.includes(expected), `expected an error with ${expected}, got ${text}`)
    return
  }
  throw new Error(`expected an error with ${expected}, but it succeeded: ${util.inspect(result)}`)
}

const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))

/** Waits until `predicate()` is true. */
async function until(predicate, what, seconds = 30) {
  const end = Date.now() + seconds * 1000
  while (!(await predicate())) {
    if (Date.now() > end) throw new Error(`not within ${seconds} s: ${what}`)
    await sleep(20)
  }
}

/** Runs the registered checks and exits. */
async function main(client, version) {
  say({ client, version })
  for (const { checkName, body, limit } of checks) {
    if (environment.done.has(checkName) || !environment.wanted.test(checkName)) continue
    say({ begin: checkName, limit })
    const start = Date.now()
    let result = 'passed'
    let note = ''
    try {
      note = (await body()) || ''
    } catch (error) {
      result = error instanceof Skip ? 'skipped' : 'failed'
      note = error instanceof Skip ? error.message : `${error.name}: ${error.message}`
      if (result === 'failed') console.error(error)
    }
    say({ check: checkName, result, seconds: (Date.now() - start) / 1000, note: note.slice(0, 600) })
  }
  say({ end: true })
  process.exit(0)
}

module.exports = { Skip, check, environment, equal, holds, main, name, refused, say, sleep, until }
