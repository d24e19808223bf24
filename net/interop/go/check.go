// The Go side of the suite's contract, see python/check.py.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strings"
	"time"
)

var (
	bootstrap = env("KLAMM_INTEROP_BOOTSTRAP", "127.0.0.1:9092")
	prefix    = env("KLAMM_INTEROP_PREFIX", "t")
	firstMax  = env("KLAMM_INTEROP_FIRST_RECORD_SECONDS_MAX", "20")
	fresh     = os.Getenv("KLAMM_INTEROP_FRESH") == "1"
	done      = strings.Split(os.Getenv("KLAMM_INTEROP_DONE"), ",")
	wanted    = regexp.MustCompile(os.Getenv("KLAMM_INTEROP_CHECKS"))
)

// A check fails by panicking with a failure, through must, equal, holds or refused.
type check struct {
	name  string
	limit time.Duration
	body  func(ctx context.Context) string
}

type failure struct{ text string }

func env(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}

// name returns a topic or group name of this run.
func name(suffix string) string { return prefix + "-" + suffix }

// say prints one line of the contract.
func say(fields map[string]any) {
	line, err := json.Marshal(fields)
	if err != nil {
		panic(err)
	}
	fmt.Printf("@@%s\n", line)
}

func fail(format string, arguments ...any) {
	panic(failure{fmt.Sprintf(format, arguments...)})
}

func must(err error) {
	if err != nil {
		fail("%v", err)
	}
}

func equal(actual, expected any, what string) {
	if !reflect.DeepEqual(actual, expected) {
		fail("%s: expected %.300s, got %.300s", what, fmt.Sprint(expected), fmt.Sprint(actual))
	}
}

func holds(condition bool, what string) {
	if !condition {
		fail("%s", what)
	}
}

// refused fails the check unless the error is the expected one.
func refused(err, expected error, what string) {
	if !errors.Is(err, expected) {
		fail("%s: expected %v, got %v", what, expected, err)
	}
}

// until waits for a condition.
func until(condition func() bool, what string) {
	end := time.Now().Add(30 * time.Second)
	for !condition() {
		if time.Now().After(end) {
			fail("not within 30 s: %s", what)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func (c check) run() (result, note string) {
	ctx, cancel := context.WithTimeout(context.Background(), c.limit)
	defer cancel()
	defer func() {
		switch reason := recover().(type) {
		case nil:
		case failure:
			result, note = "failed", reason.text
		default:
			panic(reason)
		}
	}()
	return "passed", c.body(ctx)
}

func runAll(client, version string, checks []check) {
	say(map[string]any{"client": client, "version": version})
	for _, c := range checks {
		skip := !wanted.MatchString(c.name)
		for _, name := range done {
			skip = skip || name == c.name
		}
		if skip {
			continue
		}
		if c.limit == 0 {
			c.limit = 60 * time.Second
		}
		say(map[string]any{"begin": c.name, "limit": c.limit.Seconds() + 5})
		start := time.Now()
		result, note := c.run()
		if len(note) > 600 {
			note = note[:600]
		}
		say(map[string]any{"check": c.name, "result": result, "seconds": time.Since(start).Round(time.Millisecond).Seconds(), "note": note})
	}
	say(map[string]any{"end": true})
}
