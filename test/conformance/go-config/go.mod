module tarsier.test/go-config

go 1.21

require github.com/TarsCloud/TarsGo v1.4.5
