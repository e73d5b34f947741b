; Literals, keys and forbidden places. Captures as in ../python/literals.scm.

(string) @literal
(chained_string) @literal
(heredoc_beginning) @literal
(integer) @number
(float) @number

(comment) @void
(uninterpreted) @void

((program (call !receiver method: (identifier) @_require arguments: (argument_list . (string) .)) @import)
  (#match? @_require "^require(_relative)?$"))
(identifier) @name
(constant) @name

((assignment left: [(identifier) (constant) (instance_variable) (class_variable) (global_variable)] @key right: (_) @value) @pair
  (#set! group "prefix"))
((assignment left: (scope_resolution name: (constant) @key) right: (_) @value) @pair (#set! group "prefix"))
((assignment left: (call method: (identifier) @key) right: (_) @value) @pair (#set! group "prefix"))
((assignment left: (element_reference . (_) . [(string) (simple_symbol)] @key .) right: (_) @value) @pair (#set! group "prefix"))
((operator_assignment left: [(identifier) (constant) (instance_variable) (class_variable) (global_variable)] @key right: (_) @value) @pair
  (#set! group "prefix"))
((operator_assignment left: (call method: (identifier) @key) right: (_) @value) @pair (#set! group "prefix"))
((pair key: [(hash_key_symbol) (string) (simple_symbol)] @key value: (_) @value) @pair (#set! group "siblings"))
((optional_parameter name: (identifier) @key value: (_) @value) @pair (#set! group "siblings"))
((keyword_parameter name: (identifier) @key value: (_) @value) @pair (#set! group "siblings"))
((call method: (identifier) @_fetch arguments: (argument_list . [(string) (simple_symbol)] @key . (_) @value .)) @pair
  (#eq? @_fetch "fetch") (#set! group "none"))

((pair key: (string) @manual) (#set! reason "the literal is a hash key"))
((element_reference . (_) . (string) @manual) (#set! reason "the literal is a key"))
((interpolation) @manual (#set! reason "the literal stands inside `#{...}`"))
((in_clause pattern: (_) @manual) (#set! reason "a pattern takes a literal only"))
((binary left: [(string) (chained_string)] @manual operator: "+" right: [(string) (chained_string)] @manual)
  (#set! reason "the value is put together from pieces with `+`"))
((call !receiver method: (identifier) @_loads arguments: (argument_list . (string) @manual))
  (#match? @_loads "^(require|require_relative|load|autoload)$") (#set! reason "the literal is the name of a file"))
