// franz-go. It always speaks the highest version that it shares with the broker, so it is also the check of the high
// ends of the version ranges: topic ids in Produce and Fetch, flexible encodings everywhere.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

var codecs = map[string]kgo.CompressionCodec{
	"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(),
	"lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(),
}
var codecNames = []string{"none", "gzip", "snappy", "lz4", "zstd"}

var checks = []check{
	{name: "tutorial", body: tutorial},
	{name: "fields-round-trip", body: fieldsRoundTrip},
	{name: "acks-0-1-all", body: acks},
	{name: "idempotent-producer", body: idempotent},
	{name: "order-10000", body: order},
	{name: "codecs-round-trip", body: codecsRoundTrip},
	{name: "topics", body: topics},
	{name: "validate-only", body: validateOnly},
	{name: "create-partitions", body: createPartitions},
	{name: "configs", body: configs},
	{name: "delete-records", body: deleteRecords},
	{name: "list-offsets", body: listOffsets},
	{name: "leader-epochs", body: leaderEpochs},
	{name: "log-dirs", body: logDirs},
	{name: "describe-producers", body: describeProducers},
	{name: "groups", body: groups},
	{name: "group-offsets", body: groupOffsets},
	{name: "group-two-members", limit: 40 * time.Second, body: twoMembers},
	{name: "cooperative-sticky", limit: 40 * time.Second, body: cooperative},
	{name: "static-member", limit: 40 * time.Second, body: static},
	{name: "silent-member-and-zombie", limit: 40 * time.Second, body: silent},
	{name: "commit-and-seek", body: commitAndSeek},
	{name: "offset-out-of-range-resets", body: outOfRange},
	{name: "compacted-needs-keys", body: compacted},
	{name: "log-append-time", body: logAppendTime},
	{name: "max-message-bytes", body: maxMessageBytes},
	{name: "first-batch-above-limit", body: firstBatchAboveLimit},
	{name: "waiting-fetch-is-woken", body: waitingFetch},
	{name: "internal-topic-refused", body: internalTopic},
	{name: "delete-and-recreate", limit: 45 * time.Second, body: deleteAndRecreate},
}

// JSON to a topic created on first use; a group reads, commits, stops, and goes on where it stopped.
func tutorial(ctx context.Context) string {
	topic, group := name("topic_test"), name("my-group-id")
	if fresh {
		topic, group = "topic_test", "my-group-id"
	}
	must(sendKeyless(ctx, topic, numbered(`{"number": %d}`, 0, 100)))
	start := time.Now()
	client := open(kgo.ConsumerGroup(group), kgo.ConsumeTopics(topic))
	records := poll(ctx, client, 1)
	first := time.Since(start)
	records = append(records, poll(ctx, client, 100-len(records))...)
	equal(texts(records), numbered(`{"number": %d}`, 0, 100), "records of the first run")
	must(client.CommitUncommittedOffsets(ctx))
	start = time.Now()
	client.Close()
	closing := time.Since(start)
	must(sendKeyless(ctx, topic, numbered(`{"number": %d}`, 100, 150)))
	client = open(kgo.ConsumerGroup(group), kgo.ConsumeTopics(topic))
	defer client.Close()
	equal(texts(poll(ctx, client, 50)), numbered(`{"number": %d}`, 100, 150), "records after the restart")
	limit, err := strconv.ParseFloat(firstMax, 64)
	must(err)
	holds(first.Seconds() < limit, fmt.Sprintf("the first record took %v", first))
	return fmt.Sprintf("first record %.3f s, close %.3f s", first.Seconds(), closing.Seconds())
}

func sendKeyless(ctx context.Context, topic string, texts []string) error {
	client := open(kgo.AllowAutoTopicCreation())
	defer client.Close()
	return client.ProduceSync(ctx, values(topic, 0, texts...)...).FirstErr()
}

// Keys, headers, timestamps, null keys and null values come back as they were sent.
func fieldsRoundTrip(ctx context.Context) string {
	topic, now := create(ctx, name("fields"), 1, nil), time.Now().Truncate(time.Millisecond)
	sent := []*kgo.Record{
		{Topic: topic, Key: []byte("key"), Value: []byte("value"), Timestamp: now,
			Headers: []kgo.RecordHeader{{Key: "a", Value: []byte("1")}, {Key: "a", Value: []byte("2")}, {Key: "null"}}},
		{Topic: topic, Key: []byte("key"), Timestamp: now.Add(-5 * time.Second)},
		{Topic: topic, Value: []byte("value only"), Timestamp: now, Headers: []kgo.RecordHeader{{Key: "utf-é", Value: []byte("€")}}},
		{Topic: topic, Key: []byte{}, Value: []byte{}, Timestamp: now},
	}
	must(send(ctx, sent))
	for i, found := range read(ctx, topic, len(sent)) {
		what := fmt.Sprintf("record %d: ", i)
		equal(found.Key, sent[i].Key, what+"key")
		equal(found.Value, sent[i].Value, what+"value")
		equal(found.Timestamp.UnixMilli(), sent[i].Timestamp.UnixMilli(), what+"timestamp")
		equal(len(found.Headers), len(sent[i].Headers), what+"headers")
		for j, header := range found.Headers {
			equal(header, sent[i].Headers[j], what+"header")
		}
	}
	return ""
}

// Records sent with every acks setting arrive.
func acks(ctx context.Context) string {
	topic := create(ctx, name("acks"), 1, nil)
	for i, setting := range []kgo.Acks{kgo.AllISRAcks(), kgo.LeaderAck(), kgo.NoAck()} {
		must(send(ctx, values(topic, 0, numbered("%d", i*10, i*10+10)...), kgo.RequiredAcks(setting), kgo.DisableIdempotentWrite()))
	}
	equal(texts(read(ctx, topic, 30)), numbered("%d", 0, 30), "values")
	return ""
}

// An idempotent producer's records are appended once, in order.
func idempotent(ctx context.Context) string {
	topic := create(ctx, name("idempotent"), 2, nil)
	client := open(kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.MaxBufferedRecords(50))
	defer client.Close()
	var records []*kgo.Record
	for i := range 1000 {
		records = append(records, &kgo.Record{Topic: topic, Partition: int32(i % 2), Value: []byte(strconv.Itoa(i))})
	}
	must(client.ProduceSync(ctx, records...).FirstErr())
	for i, record := range records {
		equal(record.Offset, int64(i/2), fmt.Sprintf("offset of record %d", i))
	}
	return ""
}

// 10,000 records over 3 partitions come back in order per partition, none twice.
func order(ctx context.Context) string {
	topic := create(ctx, name("order"), 3, nil)
	var records []*kgo.Record
	for i := range 10000 {
		records = append(records, values(topic, int32(i%3), strconv.Itoa(i))...)
	}
	must(send(ctx, records))
	next := map[int32]int{0: 0, 1: 1, 2: 2}
	for _, record := range read(ctx, topic, 10000) {
		equal(string(record.Value), strconv.Itoa(next[record.Partition]), fmt.Sprintf("next of partition %d", record.Partition))
		next[record.Partition] += 3
	}
	return ""
}

// Each codec is read back.
func codecsRoundTrip(ctx context.Context) string {
	topic := create(ctx, name("codecs"), 1, nil)
	var expected []string
	for _, codec := range codecNames {
		list := numbered(strings.Repeat(codec+" ", 20)+"%d", 0, 50)
		expected = append(expected, list...)
		must(send(ctx, values(topic, 0, list...), kgo.ProducerBatchCompression(codecs[codec])))
	}
	equal(texts(read(ctx, topic, len(expected))), expected, "values")
	return ""
}

// Topics are created, listed, described and deleted; an existing name, a bad name and an unknown topic are refused.
func topics(ctx context.Context) string {
	topic := create(ctx, name("topics"), 3, nil)
	admin(func(a *kadm.Client) {
		attempt := func(partitions int32, factor int16, topic string) error {
			_, err := a.CreateTopic(ctx, partitions, factor, nil, topic)
			return err
		}
		refused(attempt(1, 1, topic), kerr.TopicAlreadyExists, "creating it again")
		refused(attempt(1, 1, "no spaces please"), kerr.InvalidTopicException, "a bad name")
		refused(attempt(1, 7, topic+"-rf"), kerr.InvalidReplicationFactor, "too many replicas")
		refused(attempt(0, 1, topic+"-p0"), kerr.InvalidPartitions, "no partition")
		must(attempt(-1, -1, topic+"-defaults"))
		cluster, err := a.Metadata(ctx, topic)
		must(err)
		equal(len(cluster.Brokers), 1, "brokers")
		equal(fmt.Sprintf("%s:%d", cluster.Brokers[0].Host, cluster.Brokers[0].Port), bootstrap, "address of the broker")
		equal(cluster.Topics[topic].Partitions[0].Leader, cluster.Brokers[0].NodeID, "leader")
		_, err = a.DeleteTopic(ctx, topic)
		must(err)
		until(func() bool {
			found, err := a.ListTopics(ctx)
			must(err)
			return !found.Has(topic)
		}, "the topic is gone")
		_, err = a.DeleteTopic(ctx, topic)
		refused(err, kerr.UnknownTopicOrPartition, "deleting it again")
	})
	return ""
}

// Validated requests change nothing.
func validateOnly(ctx context.Context) string {
	topic := create(ctx, name("validate-existing"), 1, nil)
	admin(func(a *kadm.Client) {
		answer, err := a.ValidateCreateTopics(ctx, 1, 1, nil, name("validate-only"))
		must(err)
		must(answer.Error())
		answer, err = a.ValidateCreateTopics(ctx, 1, 1, map[string]*string{"no.such.config": kadm.StringPtr("1")}, name("validate-only"))
		must(err)
		refused(answer.Error(), kerr.InvalidConfig, "an unknown configuration")
		grown, err := a.ValidateUpdatePartitions(ctx, 5, topic)
		must(err)
		must(grown.Error())
		altered, err := a.ValidateAlterTopicConfigs(ctx, []kadm.AlterConfig{{Name: "retention.ms", Value: kadm.StringPtr("1234")}}, topic)
		must(err)
		must(altered[0].Err)
		time.Sleep(300 * time.Millisecond)
		found, err := a.ListTopics(ctx)
		must(err)
		holds(!found.Has(name("validate-only")), "the topic was created")
		equal(len(found[topic].Partitions), 1, "partitions")
		equal(configOf(ctx, a, topic)["retention.ms"], "604800000", "retention.ms")
	})
	return ""
}

// Partitions are added; fewer than now is refused with INVALID_PARTITIONS.
func createPartitions(ctx context.Context) string {
	topic := create(ctx, name("grow"), 2, nil)
	admin(func(a *kadm.Client) {
		answer, err := a.UpdatePartitions(ctx, 4, topic)
		must(err)
		must(answer.Error())
		waitListed(ctx, a, topic, 4)
		answer, err = a.UpdatePartitions(ctx, 3, topic)
		must(err)
		refused(answer.Error(), kerr.InvalidPartitions, "shrinking")
	})
	return ""
}

func configOf(ctx context.Context, a *kadm.Client, topic string) map[string]string {
	found, err := a.DescribeTopicConfigs(ctx, topic)
	must(err)
	must(found[0].Err)
	values := map[string]string{}
	for _, config := range found[0].Configs {
		values[config.Key] = config.MaybeValue()
	}
	return values
}

// Configurations are described and altered, one by one and as a whole; unknown names and bad values are refused.
func configs(ctx context.Context) string {
	topic := create(ctx, name("configs"), 1, map[string]string{"retention.ms": "123456", "max.message.bytes": "4242"})
	admin(func(a *kadm.Client) {
		alter := func(op kadm.IncrementalOp, key, value string) error {
			answer, err := a.AlterTopicConfigs(ctx, []kadm.AlterConfig{{Op: op, Name: key, Value: kadm.StringPtr(value)}}, topic)
			must(err)
			return answer[0].Err
		}
		equal(configOf(ctx, a, topic)["retention.ms"], "123456", "retention.ms")
		must(alter(kadm.SetConfig, "retention.ms", "654321"))
		until(func() bool { return configOf(ctx, a, topic)["retention.ms"] == "654321" }, "the new value is described")
		must(alter(kadm.AppendConfig, "cleanup.policy", "compact"))
		until(func() bool { return strings.Contains(configOf(ctx, a, topic)["cleanup.policy"], "compact") }, "the policy is appended")
		must(alter(kadm.SubtractConfig, "cleanup.policy", "compact"))
		until(func() bool { return configOf(ctx, a, topic)["cleanup.policy"] == "delete" }, "the policy is back")
		refused(alter(kadm.SetConfig, "no.such.config", "1"), kerr.InvalidConfig, "an unknown name")
		refused(alter(kadm.SetConfig, "retention.ms", "soon"), kerr.InvalidConfig, "a bad value")
		answer, err := a.AlterTopicConfigsState(ctx, []kadm.AlterConfig{{Name: "retention.ms", Value: kadm.StringPtr("777")}}, topic)
		must(err)
		must(answer[0].Err)
		until(func() bool { return configOf(ctx, a, topic)["retention.ms"] == "777" }, "the replaced configuration is described")
		equal(configOf(ctx, a, topic)["max.message.bytes"], "1048588", "max.message.bytes")
	})
	return ""
}

// Records below an offset are deleted.
func deleteRecords(ctx context.Context) string {
	topic := create(ctx, name("delete-records"), 1, nil)
	must(send(ctx, values(topic, 0, numbered("%d", 0, 10)...)))
	admin(func(a *kadm.Client) {
		until6 := kadm.Offsets{}
		until6.AddOffset(topic, 0, 6, -1)
		answer, err := a.DeleteRecords(ctx, until6)
		must(err)
		must(answer.Error())
		equal(answer[topic][0].LowWatermark, int64(6), "low watermark")
		beyond := kadm.Offsets{}
		beyond.AddOffset(topic, 0, 99, -1)
		answer, err = a.DeleteRecords(ctx, beyond)
		must(err)
		refused(answer.Error(), kerr.OffsetOutOfRange, "above the high watermark")
	})
	equal(texts(read(ctx, topic, 4)), numbered("%d", 6, 10), "records left")
	return ""
}

// Earliest, latest, greatest timestamp, by timestamp, and past the end.
func listOffsets(ctx context.Context) string {
	topic, base := create(ctx, name("list-offsets"), 1, nil), time.Now().Add(-time.Minute).UnixMilli()
	for i := range 10 {
		record := &kgo.Record{Topic: topic, Value: []byte("x"), Timestamp: time.UnixMilli(base + 100*int64(i))}
		must(send(ctx, []*kgo.Record{record}))
	}
	admin(func(a *kadm.Client) {
		expect := func(found kadm.ListedOffsets, err error, offset int64, what string) {
			must(err)
			must(found[topic][0].Err)
			equal(found[topic][0].Offset, offset, what)
		}
		found, err := a.ListStartOffsets(ctx, topic)
		expect(found, err, 0, "earliest")
		found, err = a.ListEndOffsets(ctx, topic)
		expect(found, err, 10, "latest")
		found, err = a.ListMaxTimestampOffsets(ctx, topic)
		expect(found, err, 9, "greatest timestamp")
		found, err = a.ListOffsetsAfterMilli(ctx, base+450, topic)
		expect(found, err, 5, "first at or after the timestamp")
		found, err = a.ListOffsetsAfterMilli(ctx, base-1000, topic)
		expect(found, err, 0, "before the first")
		found, err = a.ListOffsetsAfterMilli(ctx, base+100000, topic)
		expect(found, err, 10, "past the end (the client turns \"none\" into the end)")
	})
	return ""
}

// The end offset of the current leader epoch is the end of the log.
func leaderEpochs(ctx context.Context) string {
	topic := create(ctx, name("epochs"), 1, nil)
	must(send(ctx, values(topic, 0, "a", "b", "c")))
	epoch := read(ctx, topic, 3)[0].LeaderEpoch
	admin(func(a *kadm.Client) {
		request := kadm.OffsetForLeaderEpochRequest{}
		request.Add(topic, 0, epoch)
		found, err := a.OffsetForLeaderEpoch(ctx, request)
		must(err)
		must(found[topic][0].Err)
		equal(found[topic][0].EndOffset, int64(3), "end offset")
		equal(found[topic][0].LeaderEpoch, epoch, "leader epoch")
	})
	return ""
}

// The log directory is described with the topic's size in it.
func logDirs(ctx context.Context) string {
	topic := create(ctx, name("log-dirs"), 1, nil)
	must(send(ctx, values(topic, 0, strings.Repeat("0123456789", 100)), kgo.ProducerBatchCompression(kgo.NoCompression())))
	admin(func(a *kadm.Client) {
		found, err := a.DescribeAllLogDirs(ctx, nil)
		must(err)
		size := int64(0)
		for _, broker := range found {
			for _, dir := range broker.Sorted() {
				must(dir.Err)
				size += dir.Topics[topic][0].Size
			}
		}
		holds(size > 1000 && size < 2000, fmt.Sprintf("size of the topic: %d", size))
	})
	return ""
}

// An idempotent producer's state is described.
func describeProducers(ctx context.Context) string {
	topic := create(ctx, name("producers"), 1, nil)
	must(send(ctx, values(topic, 0, "a", "b", "c")))
	admin(func(a *kadm.Client) {
		found, err := a.DescribeProducers(ctx, kadm.TopicsSet{topic: {0: {}}})
		must(err)
		active := found[topic].Partitions[0].ActiveProducers
		equal(len(active), 1, "producers")
		for _, producer := range active {
			equal(producer.LastSequence, int32(2), "last sequence")
		}
	})
	return ""
}

// Groups are listed, described and deleted; a group with members is not deleted.
func groups(ctx context.Context) string {
	topic, group := create(ctx, name("groups-topic"), 2, nil), name("groups")
	m := join(ctx, topic, group)
	until(func() bool { return m.has(2) }, "the member has its partitions")
	admin(func(a *kadm.Client) {
		describe := func(group string) kadm.DescribedGroup {
			found, err := a.DescribeGroups(ctx, group)
			must(err)
			return found[group]
		}
		list := func(states ...string) bool {
			found, err := a.ListGroups(ctx, states...)
			must(err)
			_, ok := found[group]
			return ok
		}
		until(func() bool { return describe(group).State == "Stable" }, "the group is stable")
		described := describe(group)
		equal(described.AssignedPartitions(), kadm.TopicsSet{topic: {0: {}, 1: {}}}, "assigned partitions")
		holds(list() && list("Stable") && !list("Empty"), "listed, and as stable only")
		_, err := a.DeleteGroup(ctx, group)
		refused(err, kerr.NonEmptyGroup, "deleting a group with members")
		m.leave()
		until(func() bool { return describe(group).State == "Empty" }, "the group is empty")
		_, err = a.DeleteGroup(ctx, group)
		must(err)
		holds(!list(), "the group is gone")
		unknown := describe(name("no-such-group"))
		equal(unknown.State, "Dead", "state of an unknown group")
		_, err = a.DeleteGroup(ctx, name("no-such-group"))
		refused(err, kerr.GroupIDNotFound, "deleting an unknown group")
	})
	return ""
}

// Offsets are committed, listed and deleted by an admin; not those of a topic that a member reads.
func groupOffsets(ctx context.Context) string {
	topic, group := create(ctx, name("group-offsets-topic"), 2, nil), name("group-offsets")
	admin(func(a *kadm.Client) {
		listed := func() kadm.OffsetResponses {
			found, err := a.FetchOffsets(ctx, group)
			must(err)
			return found
		}
		offsets := kadm.Offsets{}
		offsets.Add(kadm.Offset{Topic: topic, Partition: 0, At: 7, LeaderEpoch: -1, Metadata: "a note"})
		must(a.CommitAllOffsets(ctx, group, offsets))
		found, ok := listed().Lookup(topic, 0)
		holds(ok && found.At == 7 && found.Metadata == "a note", fmt.Sprintf("listed offset: %+v", found))
		m := join(ctx, topic, group)
		until(func() bool { return m.has(2) }, "the member has its partitions")
		deleted, err := a.DeleteOffsets(ctx, group, kadm.TopicsSet{topic: {0: {}}})
		must(err)
		refused(deleted.Error(), kerr.GroupSubscribedToTopic, "deleting the offset of a topic that is read")
		m.leave()
		deleted, err = a.DeleteOffsets(ctx, group, kadm.TopicsSet{topic: {0: {}}})
		must(err)
		must(deleted.Error())
		_, ok = listed().Lookup(topic, 0)
		holds(!ok, "the offset is still there")
	})
	return ""
}

// Two members share four partitions; when one leaves, the other gets all; every record is read.
func twoMembers(ctx context.Context) string {
	topic, group := create(ctx, name("two-members-topic"), 4, nil), name("two-members")
	balancer := kgo.Balancers(kgo.RangeBalancer())
	first := join(ctx, topic, group, balancer)
	until(func() bool { return first.has(4) }, "the first member has all partitions")
	second := join(ctx, topic, group, balancer)
	until(func() bool { return first.has(2) && second.has(2) }, "two partitions each")
	for i := range 4 {
		must(send(ctx, values(topic, int32(i), numbered("%d", 0, 10)...)))
	}
	until(func() bool { return first.read()+second.read() == 40 }, "all records are read once")
	start := time.Now()
	second.leave()
	until(func() bool { return first.has(4) }, "the first member has all partitions again")
	note := fmt.Sprintf("takeover after leaving %.2f s", time.Since(start).Seconds())
	first.leave()
	return note
}

// With the cooperative-sticky balancer a member keeps the partitions that do not move.
func cooperative(ctx context.Context) string {
	topic, group := create(ctx, name("cooperative-topic"), 4, nil), name("cooperative")
	balancer := kgo.Balancers(kgo.CooperativeStickyBalancer())
	first := join(ctx, topic, group, balancer)
	until(func() bool { return first.has(4) }, "the first member has all partitions")
	second := join(ctx, topic, group, balancer)
	until(func() bool { return first.has(2) && second.has(2) }, "two partitions each")
	equal(sorted(first.revoked), sorted(second.assigned), "partitions taken from the first member")
	first.leave()
	until(func() bool { return second.has(4) }, "the second member has all partitions")
	equal(len(second.revoked), 0, "partitions taken from the second member")
	second.leave()
	return ""
}

// A static member restarts within its session without a rebalance of the other.
func static(ctx context.Context) string {
	topic, group := create(ctx, name("static-topic"), 4, nil), name("static")
	options := func(instance string) []kgo.Opt {
		return []kgo.Opt{kgo.InstanceID(instance), kgo.SessionTimeout(20 * time.Second), kgo.Balancers(kgo.RangeBalancer())}
	}
	first, second := join(ctx, topic, group, options("one")...), join(ctx, topic, group, options("two")...)
	until(func() bool { return first.has(2) && second.has(2) }, "two partitions each")
	before, had := first.rebalances(), sorted(second.assigned)
	second.leave()
	time.Sleep(500 * time.Millisecond)
	again := join(ctx, topic, group, options("two")...)
	until(func() bool { return again.has(2) }, "the restarted member has partitions")
	equal(sorted(again.assigned), had, "partitions after the restart")
	equal(first.rebalances(), before, "rebalances of the other member")
	again.leave()
	first.leave()
	return ""
}

// A member that falls silent expires after its session timeout; when it wakes up, its commit is refused.
func silent(ctx context.Context) string {
	topic, group := create(ctx, name("silent-topic"), 2, nil), name("silent")
	must(send(ctx, append(values(topic, 0, "x", "x"), values(topic, 1, "x", "x")...)))
	child := exec.CommandContext(ctx, os.Args[0], "member", topic, group)
	child.Stderr = os.Stderr
	input, err := child.StdinPipe()
	must(err)
	output, err := child.StdoutPipe()
	must(err)
	must(child.Start())
	defer func() {
		_ = child.Process.Kill()
		_ = child.Wait()
	}()
	lines := bufio.NewScanner(output)
	answer := func() (fields struct {
		Assigned int
		Error    string
	}) {
		holds(lines.Scan(), "the child process ended")
		must(json.Unmarshal(lines.Bytes()[2:], &fields))
		return fields
	}
	equal(answer().Assigned, 2, "partitions of the first member")
	must(child.Process.Signal(syscall.SIGSTOP))
	start := time.Now()
	other := join(ctx, topic, group, kgo.SessionTimeout(6*time.Second), kgo.RebalanceTimeout(6*time.Second))
	until(func() bool { return other.has(2) }, "the silent member's partitions are taken over")
	seconds := time.Since(start).Seconds()
	must(child.Process.Signal(syscall.SIGCONT))
	_, err = input.Write([]byte("commit\n"))
	must(err)
	text := answer().Error
	holds(text != "", "the zombie's commit was accepted")
	other.leave()
	return fmt.Sprintf("expired after %.1f s, zombie got %s", seconds, text)
}

// Offsets committed by hand are where a new consumer starts; seek goes anywhere.
func commitAndSeek(ctx context.Context) string {
	topic, group := create(ctx, name("seek-topic"), 1, nil), name("seek")
	must(send(ctx, values(topic, 0, numbered("%d", 0, 20)...)))
	options := []kgo.Opt{kgo.ConsumerGroup(group), kgo.ConsumeTopics(topic), kgo.DisableAutoCommit()}
	client := open(options...)
	records := poll(ctx, client, 20)
	must(client.CommitRecords(ctx, records[11]))
	client.SetOffsets(map[string]map[int32]kgo.EpochOffset{topic: {0: {Epoch: -1, Offset: 5}}})
	equal(poll(ctx, client, 1)[0].Offset, int64(5), "offset after seek")
	client.Close()
	client = open(options...)
	defer client.Close()
	equal(poll(ctx, client, 8)[0].Offset, int64(12), "offset of a new consumer")
	return ""
}

// A position beyond the log is out of range, and the consumer resets as configured.
func outOfRange(ctx context.Context) string {
	topic := create(ctx, name("out-of-range"), 1, nil)
	must(send(ctx, values(topic, 0, "a", "b")))
	client := open(kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: {0: kgo.NewOffset().At(1000)}}))
	defer client.Close()
	equal(poll(ctx, client, 2)[0].Offset, int64(0), "offset after the reset")
	return ""
}

// A record without a key is refused on a compacted topic; one with a key is not.
func compacted(ctx context.Context) string {
	topic := create(ctx, name("compacted"), 1, map[string]string{"cleanup.policy": "compact"})
	refused(send(ctx, values(topic, 0, "no key")), kerr.InvalidRecord, "a record without a key")
	must(send(ctx, []*kgo.Record{{Topic: topic, Key: []byte("k"), Value: []byte("v")}}))
	return ""
}

// On a LogAppendTime topic the broker's clock is the record's timestamp.
func logAppendTime(ctx context.Context) string {
	topic := create(ctx, name("append-time"), 1, map[string]string{"message.timestamp.type": "LogAppendTime"})
	before := time.Now().Add(-time.Second)
	sent := &kgo.Record{Topic: topic, Value: []byte("x"), Timestamp: time.UnixMilli(1000)}
	must(send(ctx, []*kgo.Record{sent}))
	found := read(ctx, topic, 1)[0]
	equal(found.Attrs.TimestampType(), int8(1), "timestamp type")
	holds(found.Timestamp.After(before) && found.Timestamp.Before(time.Now().Add(time.Second)), fmt.Sprintf("timestamp %v", found.Timestamp))
	return ""
}

// A batch larger than the topic's max.message.bytes is refused with MESSAGE_TOO_LARGE.
func maxMessageBytes(ctx context.Context) string {
	topic := create(ctx, name("too-large"), 1, map[string]string{"max.message.bytes": "2000"})
	none := kgo.ProducerBatchCompression(kgo.NoCompression())
	refused(send(ctx, values(topic, 0, strings.Repeat("x", 5000)), none), kerr.MessageTooLarge, "a large record")
	must(send(ctx, values(topic, 0, strings.Repeat("x", 500)), none))
	return ""
}

// A fetch whose limit lies below the first batch still gets that batch.
func firstBatchAboveLimit(ctx context.Context) string {
	topic := create(ctx, name("big-batch"), 1, nil)
	must(send(ctx, values(topic, 0, strings.Repeat("x", 100000)), kgo.ProducerBatchCompression(kgo.NoCompression())))
	equal(len(read(ctx, topic, 1, kgo.FetchMaxBytes(1000), kgo.FetchMaxPartitionBytes(1000))[0].Value), 100000, "size of the value")
	return ""
}

// A fetch waiting for up to 12 s is answered by the append, not by the end of its wait.
func waitingFetch(ctx context.Context) string {
	topic := create(ctx, name("long-poll"), 1, nil)
	reader := open(kgo.ConsumeTopics(topic), kgo.FetchMaxWait(12*time.Second))
	defer reader.Close()
	writer := open()
	defer writer.Close()
	must(writer.ProduceSync(ctx, values(topic, 0, "warm up")...).FirstErr())
	poll(ctx, reader, 1)
	var waits []string
	for range 3 {
		time.Sleep(200 * time.Millisecond)
		start := time.Now()
		writer.Produce(ctx, values(topic, 0, "x")[0], nil)
		poll(ctx, reader, 1)
		wait := time.Since(start)
		holds(wait < 8*time.Second, fmt.Sprintf("the fetch was answered after %v", wait))
		waits = append(waits, fmt.Sprintf("%.1f", float64(wait.Microseconds())/1000))
	}
	return "from send to record: " + strings.Join(waits, ", ") + " ms"
}

// Clients may not write to __consumer_offsets.
func internalTopic(ctx context.Context) string {
	offsets := kadm.Offsets{}
	offsets.AddOffset(create(ctx, name("internal-topic"), 1, nil), 0, 0, -1)
	admin(func(a *kadm.Client) { must(a.CommitAllOffsets(ctx, name("internal"), offsets)) })
	refused(send(ctx, values("__consumer_offsets", 0, "x")), kerr.InvalidTopicException, "writing to the internal topic")
	return ""
}

// A running consumer is told that its topic was deleted and created again, and gets nothing under the old topic id.
func deleteAndRecreate(ctx context.Context) string {
	topic := create(ctx, name("recreate"), 1, nil)
	must(send(ctx, values(topic, 0, "old", "old", "old")))
	client := open(kgo.ConsumeTopics(topic), kgo.MetadataMaxAge(500*time.Millisecond), kgo.KeepRetryableFetchErrors())
	defer client.Close()
	poll(ctx, client, 3)
	admin(func(a *kadm.Client) {
		_, err := a.DeleteTopic(ctx, topic)
		must(err)
		until(func() bool {
			found, err := a.ListTopics(ctx)
			must(err)
			return !found.Has(topic)
		}, "the topic is gone")
	})
	create(ctx, topic, 1, nil)
	expected := numbered("new-%d", 0, 5)
	must(send(ctx, values(topic, 0, expected...)))
	// Since 1.22 the client refuses the new topic until it is told to forget the old one.
	var refusal error
	until(func() bool {
		wait, cancel := context.WithTimeout(ctx, 500*time.Millisecond)
		defer cancel()
		fetches := client.PollFetches(wait)
		equal(len(fetches.Records()), 0, "records under the old topic id")
		for _, failed := range fetches.Errors() {
			if !errors.Is(failed.Err, context.DeadlineExceeded) {
				refusal = failed.Err
			}
		}
		return refusal != nil
	}, "the consumer is told that its topic is gone")
	client.PurgeTopicsFromClient(topic)
	client.AddConsumeTopics(topic)
	equal(texts(poll(ctx, client, 5)), expected, "records of the new topic")
	return fmt.Sprintf("told: %v", refusal)
}

func version() string {
	info, _ := debug.ReadBuildInfo()
	for _, module := range info.Deps {
		if module.Path == "github.com/twmb/franz-go" {
			return module.Version
		}
	}
	return ""
}

func main() {
	if len(os.Args) > 1 {
		verb(context.Background(), os.Args[1], os.Args[2:])
		return
	}
	runAll("franz-go", version(), checks)
}
