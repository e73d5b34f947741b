(string_scalar) @string
(plain_scalar) @literal
(single_quote_scalar) @literal
(double_quote_scalar) @literal
(block_scalar) @literal
(integer_scalar) @number
(float_scalar) @number
(comment) @void
((block_mapping_pair key: (_) @key value: (_) @value) @pair (#set! group "siblings"))
((flow_pair key: (_) @key value: (_) @value) @pair (#set! group "siblings"))
((block_mapping_pair key: (_) @manual) (#set! reason "the literal is a key"))
((flow_pair key: (_) @manual) (#set! reason "the literal is a key"))
((plain_scalar [(integer_scalar) (float_scalar) (boolean_scalar) (null_scalar) (timestamp_scalar)]) @manual
  (#set! reason "YAML doesn't read the unquoted value as text; put it in quotes first if the program wants text"))
; YAML 1.1 readers take these for numbers, times or truth values, others for text
((plain_scalar (string_scalar) @_text) @manual
  (#match? @_text "^([yYnN]|[yY]es|YES|[nN]o|NO|[oO]n|ON|[oO]ff|OFF|[-+]?[0-9][0-9_]*|[-+]?0b[01_]+|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\\.[0-9_]*)?)$")
  (#set! reason "readers of YAML disagree whether the unquoted value is text; put it in quotes first"))
((block_node (tag) . (_) @manual) (#set! reason "the scalar has a tag, which decides what it means"))
((flow_node (tag) . (_) @manual) (#set! reason "the scalar has a tag, which decides what it means"))
((block_mapping_pair key: (_) value: (flow_node (alias) @manual)) (#set! reason "the value stands at an anchor"))
(flow_mapping) @tight
(flow_sequence) @tight
