// Imports what migrated Go programs import, so that tests/setup.sh downloads and compiles it once.
package main

import (
	_ "github.com/aws/aws-sdk-go-v2/config"
	_ "github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	_ "github.com/aws/aws-secretsmanager-caching-go/v2/secretcache"
)

func main() {}
