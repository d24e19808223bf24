package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// open makes a client of the broker under test.
func open(options ...kgo.Opt) *kgo.Client {
	base := []kgo.Opt{
		kgo.SeedBrokers(bootstrap), kgo.UnknownTopicRetries(-1),
		kgo.MetadataMinAge(50 * time.Millisecond), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
	}
	client, err := kgo.NewClient(append(base, options...)...)
	must(err)
	return client
}

// admin runs a body with an admin client.
func admin(body func(a *kadm.Client)) {
	client := open()
	defer client.Close()
	body(kadm.NewClient(client))
}

// create makes a topic and returns its name.
func create(ctx context.Context, topic string, partitions int32, configs map[string]string) string {
	admin(func(a *kadm.Client) {
		values := map[string]*string{}
		for key, value := range configs {
			values[key] = kadm.StringPtr(value)
		}
		answer, err := a.CreateTopic(ctx, partitions, 1, values, topic)
		must(err)
		must(answer.Err)
		holds(answer.ID != kadm.TopicID{}, "the new topic has an id")
		waitListed(ctx, a, topic, int(partitions))
	})
	return topic
}

func waitListed(ctx context.Context, a *kadm.Client, topic string, partitions int) {
	until(func() bool {
		found, err := a.ListTopics(ctx, topic)
		must(err)
		return len(found[topic].Partitions) == partitions && found[topic].Err == nil
	}, fmt.Sprintf("topic %s with %d partitions", topic, partitions))
}

// values makes records of one partition from texts.
func values(topic string, partition int32, texts ...string) (records []*kgo.Record) {
	for _, text := range texts {
		records = append(records, &kgo.Record{Topic: topic, Partition: partition, Value: []byte(text)})
	}
	return records
}

// numbered returns the texts format(first) to format(end - 1).
func numbered(format string, first, end int) (texts []string) {
	for i := first; i < end; i++ {
		texts = append(texts, fmt.Sprintf(format, i))
	}
	return texts
}

// send produces to the partitions named in the records, and returns the first error.
func send(ctx context.Context, records []*kgo.Record, options ...kgo.Opt) error {
	client := open(append([]kgo.Opt{kgo.RecordPartitioner(kgo.ManualPartitioner())}, options...)...)
	defer client.Close()
	return client.ProduceSync(ctx, records...).FirstErr()
}

// poll reads until count records have come.
func poll(ctx context.Context, client *kgo.Client, count int) (records []*kgo.Record) {
	for len(records) < count {
		fetches := client.PollFetches(ctx)
		must(fetches.Err())
		records = append(records, fetches.Records()...)
	}
	return records
}

// read returns the first count records of a topic.
func read(ctx context.Context, topic string, count int, options ...kgo.Opt) []*kgo.Record {
	client := open(append([]kgo.Opt{kgo.ConsumeTopics(topic)}, options...)...)
	defer client.Close()
	return poll(ctx, client, count)
}

func texts(records []*kgo.Record) (found []string) {
	for _, record := range records {
		found = append(found, string(record.Value))
	}
	return found
}

// member is a group member that polls in a goroutine of its own.
type member struct {
	client *kgo.Client
	cancel context.CancelFunc
	ended  chan struct{}

	mutex    sync.Mutex
	assigned map[int32]bool
	revoked  map[int32]bool
	joins    int
	texts    []string
}

func join(ctx context.Context, topic, group string, options ...kgo.Opt) *member {
	m := &member{assigned: map[int32]bool{}, revoked: map[int32]bool{}, ended: make(chan struct{})}
	take := func(_ context.Context, _ *kgo.Client, gone map[string][]int32) {
		m.mutex.Lock()
		defer m.mutex.Unlock()
		for _, partition := range gone[topic] {
			delete(m.assigned, partition)
			m.revoked[partition] = true
		}
	}
	base := []kgo.Opt{
		kgo.ConsumeTopics(topic), kgo.ConsumerGroup(group), kgo.HeartbeatInterval(300 * time.Millisecond),
		kgo.OnPartitionsAssigned(func(_ context.Context, _ *kgo.Client, got map[string][]int32) {
			m.mutex.Lock()
			defer m.mutex.Unlock()
			m.joins++
			for _, partition := range got[topic] {
				m.assigned[partition] = true
			}
		}),
		kgo.OnPartitionsRevoked(take), kgo.OnPartitionsLost(take),
	}
	m.client = open(append(base, options...)...)
	ctx, m.cancel = context.WithCancel(ctx)
	go func() {
		defer close(m.ended)
		for ctx.Err() == nil {
			fetches := m.client.PollFetches(ctx)
			m.mutex.Lock()
			m.texts = append(m.texts, texts(fetches.Records())...)
			m.mutex.Unlock()
		}
	}()
	return m
}

func (m *member) has(count int) bool {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return len(m.assigned) == count
}

func (m *member) read() int {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return len(m.texts)
}

func (m *member) rebalances() int {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return m.joins
}

func sorted(set map[int32]bool) (list []int32) {
	for key := range set {
		list = append(list, key)
	}
	slices.Sort(list)
	return list
}

// leave closes the client; a dynamic member leaves the group.
func (m *member) leave() {
	m.cancel()
	<-m.ended
	m.client.Close()
}
