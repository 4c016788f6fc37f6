module example.org/nettools

go 1.19
