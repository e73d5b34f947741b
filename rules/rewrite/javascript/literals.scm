; Literals, keys and forbidden places. Captures as in ../python/literals.scm, and:
;   @scope.sync @scope.await  a body where `await` may not, or may, stand
;   @tight    an operand that a prefix operator must be put in brackets for
;   @mode.esm a sign that the file is an ES module

(string) @literal
(template_string) @literal
(number) @number
(comment) @void
(hash_bang_line) @head
(program . (comment)* . (expression_statement (string) @manual) @head (#set! reason "the literal is a directive"))
(program (import_statement) @import @mode.esm)
(program (export_statement) @mode.esm)
((program (lexical_declaration (variable_declarator value: (call_expression function: (identifier) @_require))) @import)
  (#eq? @_require "require"))
((program (variable_declaration (variable_declarator value: (call_expression function: (identifier) @_require))) @import)
  (#eq? @_require "require"))
(identifier) @name
(shorthand_property_identifier) @name
(shorthand_property_identifier_pattern) @name

((lexical_declaration (variable_declarator name: (identifier) @key value: (_) @value)) @pair (#set! group "prefix"))
((variable_declaration (variable_declarator name: (identifier) @key value: (_) @value)) @pair (#set! group "prefix"))
((assignment_expression left: (identifier) @key right: (_) @value) @pair (#set! group "prefix"))
((assignment_expression left: (member_expression property: (property_identifier) @key) right: (_) @value) @pair (#set! group "prefix"))
((assignment_expression left: (subscript_expression index: (string) @key) right: (_) @value) @pair (#set! group "prefix"))
((pair key: (property_identifier) @key value: (_) @value) @pair (#set! group "siblings"))
((pair key: (string) @key value: (_) @value) @pair (#set! group "siblings"))

(function_declaration) @scope.sync
(function_expression) @scope.sync
(generator_function_declaration) @scope.sync
(generator_function) @scope.sync
(arrow_function) @scope.sync
(method_definition) @scope.sync
(class_static_block) @scope.sync
(function_declaration "async" body: (_) @scope.await)
(function_expression "async" body: (_) @scope.await)
(generator_function_declaration "async" body: (_) @scope.await)
(generator_function "async" body: (_) @scope.await)
(arrow_function "async" body: (_) @scope.await)
(method_definition "async" body: (_) @scope.await)

(member_expression object: [(string) (template_string)] @tight)
(subscript_expression object: [(string) (template_string)] @tight)
(call_expression function: [(string) (template_string)] @tight)
(binary_expression [(string) (template_string)] @tight)
(spread_element [(string) (template_string)] @tight)
(unary_expression argument: [(string) (template_string)] @tight)
(ternary_expression condition: [(string) (template_string)] @tight)

((pair key: (string) @manual) (#set! reason "the literal is an object key"))
((computed_property_name) @manual (#set! reason "the literal is an object key"))
((import_statement) @manual (#set! reason "the literal is a module's name"))
((export_statement source: (string) @manual) (#set! reason "the literal is a module's name"))
((switch_case value: (_) @manual) (#set! reason "the literal is a `case` label"))
((template_substitution) @manual (#set! reason "the literal stands inside a template literal"))
((call_expression function: (_) arguments: (template_string) @manual) (#set! reason "the template literal is tagged"))
((binary_expression left: [(string) (template_string)] @manual operator: "+" right: [(string) (template_string)] @manual)
  (#set! reason "the value is put together from pieces with `+`"))
((import_statement source: (string) @_source) @browser
  (#match? @_source "^.(react|react-dom|react-dom/client|react-native|vue|svelte|preact|solid-js|@angular/.*|@vue/.*|next/client|jquery)..?$"))
((member_expression object: (meta_property) property: (property_identifier) @_env) @browser (#eq? @_env "env"))
((member_expression object: (identifier) @_window) @browser (#match? @_window "^(window|document|localStorage|sessionStorage)$"))
((call_expression function: (identifier) @_loads arguments: (arguments . (string) @manual))
  (#eq? @_loads "require") (#set! reason "the literal is a module's name"))
((call_expression function: (import) arguments: (arguments . (string) @manual))
  (#set! reason "the literal is a module's name"))
