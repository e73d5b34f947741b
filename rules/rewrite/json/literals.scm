(string) @literal
(number) @number
(comment) @void
((pair key: (string) @key value: (_) @value) @pair (#set! group "siblings"))
((pair key: (string) @manual) (#set! reason "the literal is a key"))
