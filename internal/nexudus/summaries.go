package nexudus

import (
	"context"
	"sync/atomic"
	"time"
)

// summaries answers reads of many records of one kind from one list, so that a
// fleet needs a few requests instead of one for each record. The zero value is ready
// for use.
type summaries[T any] struct {
	lists flightGroup[*snapshot[T]]
	reads atomic.Int64
	last  atomic.Pointer[snapshot[T]]
}

// snapshot is what a list holds, which is nothing if the list has failed.
type snapshot[T any] struct {
	byID  map[int64]*T
	taken time.Time // when the list ended: a failing one may take minutes
}

const (
	fewReads     = 3               // reads that are cheaper without a list
	summariesAge = time.Minute     // after which a list is too old
	fewWrites    = 3               // writes of a process that are read back at once
	settlePause  = 4 * time.Second // before a written record is read back: the margin of Settled, clocks, a slow response
)

// summary returns a record as a list shows it, or nil if it must be read by
// itself: for the first few reads of a process, after its first write, and if the
// list fails or lacks the record.
func (n noun[T]) summary(ctx context.Context, c *Client, s *summaries[T], id int64) *T {
	if s.reads.Add(1) <= fewReads || c.writes.Load() > 0 {
		return nil
	}
	list, err := s.lists.do(ctx, "", func(ctx context.Context) (*snapshot[T], error) {
		if last := s.last.Load(); last != nil && time.Since(last.taken) < summariesAge {
			return last, nil
		}
		all, err := n.list(ctx, c, nil, nil)
		if err != nil && ctx.Err() != nil {
			return nil, err // nobody waits any more
		}
		list := &snapshot[T]{make(map[int64]*T, len(all)), time.Now()}
		for _, record := range all {
			list.byID[n.id(record)] = record
		}
		s.last.Store(list)
		return list, nil
	})
	if err != nil || list.byID[id] == nil {
		return nil
	}
	return new(*list.byID[id]) // callers may change it
}

// settle waits before a record that was just written is read back, so that what is
// read is settled; see [Webhook.Settled]. Otherwise a fleet that was just created
// could not be refreshed from a list.
//
// A process with only a few writes, deletes included, does not wait, because reading
// their records one by one is cheap. In a fleet that is written ten at once, the pauses
// overlap, and the documented limit of 60 writes per minute takes longer.
func (c *Client) settle(ctx context.Context) {
	if c.writes.Load() > 2*fewWrites { // a write is counted when it begins and when it ends
		_ = sleep(ctx, settlePause) // the caller's next request reports the context's end
	}
}
