package push

import (
	"context"
	"crypto/ecdh"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"convoke/internal/outward"
	"convoke/storage"

	webpush "github.com/SherClockHolmes/webpush-go"
)

// carrier hands one message to one browser's push service.
type carrier interface {
	carry(ctx context.Context, to *storage.PushSubscription, payload []byte, topic string, ttl time.Duration) (*receipt, error)
}

// receipt is what a push service answered.
type receipt struct {
	status int
	after  string // Retry-After
}

// webPush carries by RFC 8030.
type webPush struct {
	client  *outward.Client
	contact string
	key     func(context.Context) (*ecdh.PrivateKey, error)
}

func (w *webPush) carry(ctx context.Context, to *storage.PushSubscription, payload []byte, topic string, ttl time.Duration) (*receipt, error) {
	key, err := w.key(ctx)
	if err != nil {
		return nil, err
	}
	code := base64.RawURLEncoding.EncodeToString
	res, err := webpush.SendNotificationWithContext(ctx, payload[:len(payload):len(payload)],
		&webpush.Subscription{Endpoint: to.Endpoint, Keys: webpush.Keys{P256dh: code(to.P256DH), Auth: code(to.Auth)}},
		&webpush.Options{
			HTTPClient: w.client, Topic: topic, Urgency: webpush.UrgencyHigh, TTL: int(ttl / time.Second),
			Subscriber:     strings.TrimPrefix(w.contact, "mailto:"), // which it puts before what is no https address
			VAPIDPublicKey: code(key.PublicKey().Bytes()), VAPIDPrivateKey: code(key.Bytes()),
		})
	if err != nil {
		return nil, fmt.Errorf("call a push service: %w", err)
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10)) // what it says besides is not for us
	return &receipt{res.StatusCode, res.Header.Get("Retry-After")}, nil
}

// taken tells that the message will reach the browser.
func (r *receipt) taken() bool { return r.status >= 200 && r.status < 300 }

// gone tells that there is no such browser any more (RFC 8030 §7.3: 404, and 410 of some).
func (r *receipt) gone() bool { return r.status == http.StatusNotFound || r.status == http.StatusGone }

// passing tells that another try may do better.
func (r *receipt) passing() bool { return r.status == http.StatusTooManyRequests || r.status >= 500 }
