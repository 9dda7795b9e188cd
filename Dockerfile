# A static binary and nothing else. Data lives in /data.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -tags timetzdata -ldflags '-s -w' -o /convoke ./cmd/convoke \
 && mkdir -p /rootfs/data /rootfs/tmp /rootfs/etc/ssl/certs \
 && cp /convoke /rootfs/convoke \
 && cp /etc/ssl/certs/ca-certificates.crt /rootfs/etc/ssl/certs/

FROM scratch
COPY --from=build --chown=10001:10001 /rootfs/ /
USER 10001:10001
ENV CONVOKE_DATA=/data CONVOKE_SERVER_LISTEN=:8080
VOLUME /data
EXPOSE 8080
ENTRYPOINT ["/convoke"]
CMD ["serve"]
