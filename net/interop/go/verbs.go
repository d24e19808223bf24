package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// verb does one of the small jobs described in python/verbs.py.
func verb(ctx context.Context, name string, arguments []string) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	topic := arguments[0]
	switch name {
	case "member":
		beMember(ctx, topic, arguments[1])
	case "produce-matrix":
		for _, codec := range codecNames {
			var records []*kgo.Record
			for i := range 20 {
				key := fmt.Sprintf("franz-go/%s/%d", codec, i)
				records = append(records, &kgo.Record{
					Topic: topic, Key: []byte(key), Value: []byte(key + ":" + strings.Repeat("klamm ", 40)),
					Headers: []kgo.RecordHeader{{Key: "codec", Value: []byte(codec)}},
				})
			}
			must(send(ctx, records, kgo.ProducerBatchCompression(codecs[codec]), kgo.ProducerLinger(20*time.Millisecond)))
		}
		say(map[string]any{"codecs": codecNames})
	case "consume-matrix":
		count, err := strconv.Atoi(arguments[1])
		must(err)
		for _, record := range read(ctx, topic, count) {
			headers := [][]string{}
			for _, header := range record.Headers {
				headers = append(headers, []string{header.Key, string(header.Value)})
			}
			say(map[string]any{"key": string(record.Key), "value": string(record.Value), "headers": headers})
		}
		say(map[string]any{"end": true})
	case "partition-keys":
		keys := append(numbered("key-%d", 0, 40), "a", "ab", "abc", "abcd", "abcde", "é€", "21", "foobar", strings.Repeat("x", 100))
		client := open()
		partitions := map[string]int32{}
		for _, key := range keys {
			answer := client.ProduceSync(ctx, &kgo.Record{Topic: topic, Key: []byte(key), Value: []byte("x")})
			must(answer.FirstErr())
			partitions[key] = answer[0].Record.Partition
		}
		say(map[string]any{"partitions": partitions})
	default:
		fail("unknown verb %s", name)
	}
}

// beMember joins a group, says how many partitions it got, and commits when a line arrives.
func beMember(ctx context.Context, topic, group string) {
	client := open(kgo.ConsumerGroup(group), kgo.ConsumeTopics(topic), kgo.DisableAutoCommit(),
		kgo.SessionTimeout(6*time.Second), kgo.RebalanceTimeout(6*time.Second), kgo.HeartbeatInterval(500*time.Millisecond))
	records := poll(ctx, client, 4)
	seen := map[int32]bool{}
	for _, record := range records {
		seen[record.Partition] = true
	}
	say(map[string]any{"assigned": len(seen)})
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
	text := ""
	if err := client.CommitRecords(ctx, records...); err != nil {
		text = err.Error()
	}
	say(map[string]any{"error": text})
}
