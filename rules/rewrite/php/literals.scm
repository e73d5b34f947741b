; Literals, keys and forbidden places. Captures as in ../python/literals.scm.

(string) @literal
(encapsed_string) @literal
(heredoc) @literal
(nowdoc) @literal
(integer) @number
(float) @number

(comment) @void

((program . (text) @head) (#match? @head "^#!"))
((program . (text)? . (php_tag) @head) (#eq? @head "<?php"))
(program (declare_statement) @head)
(program (namespace_definition !body) @head)
(program (namespace_use_declaration) @import)
(program (expression_statement [(require_once_expression) (require_expression) (include_once_expression) (include_expression)]) @import)
(name) @name

((assignment_expression left: (variable_name (name) @key) right: (_) @value) @pair (#set! group "prefix"))
((assignment_expression left: (member_access_expression name: (name) @key) right: (_) @value) @pair (#set! group "prefix"))
((assignment_expression left: (scoped_property_access_expression name: (variable_name (name) @key)) right: (_) @value) @pair (#set! group "prefix"))
((assignment_expression left: (subscript_expression (_) [(string) (encapsed_string)] @key) right: (_) @value) @pair (#set! group "prefix"))
((augmented_assignment_expression left: (variable_name (name) @key) right: (_) @value) @pair (#set! group "prefix"))
((augmented_assignment_expression left: (member_access_expression name: (name) @key) right: (_) @value) @pair (#set! group "prefix"))
((property_element name: (variable_name (name) @key) default_value: (_) @value) @pair (#set! group "prefix"))
((const_element . (name) @key (_) @value .) @pair (#set! group "prefix"))
((static_variable_declaration name: (variable_name (name) @key) value: (_) @value) @pair (#set! group "prefix"))
((simple_parameter name: (variable_name (name) @key) default_value: (_) @value) @pair (#set! group "siblings"))
((property_promotion_parameter name: (variable_name (name) @key) default_value: (_) @value) @pair (#set! group "siblings"))
((array_element_initializer . [(string) (encapsed_string)] @key . (_) @value .) @pair (#set! group "siblings"))
((argument name: (name) @key (_) @value .) @pair (#set! group "siblings"))
((function_call_expression function: (name) @_names arguments: (arguments . (argument (string) @key) . (argument (_) @value) .)) @pair
  (#match? @_names "^(define|env)$") (#set! group "prefix"))

((const_declaration) @manual
  (#set! reason "a PHP constant takes a constant expression, which can call no function: make it a `define()`, a static method or a variable"))
((property_element default_value: (_) @manual)
  (#set! reason "a property's default value can call no function: set the property in the constructor"))
((simple_parameter default_value: (_) @manual)
  (#set! reason "a parameter's default value can call no function: let it be null, and set it in the body"))
((property_promotion_parameter default_value: (_) @manual)
  (#set! reason "a parameter's default value can call no function: let it be null, and set it in the body"))
((static_variable_declaration value: (_) @manual)
  (#set! reason "a static variable's first value can call no function before PHP 8.3: assign it on a line of its own"))
((attribute) @manual (#set! reason "an attribute's argument can call no function"))
((enum_case) @manual (#set! reason "the literal is an enum's value"))
((array_element_initializer . [(string) (encapsed_string)] @manual . (_)) (#set! reason "the literal is an array key"))
((subscript_expression (_) [(string) (encapsed_string)] @manual) (#set! reason "the literal is an array key"))
([(require_once_expression) (require_expression) (include_once_expression) (include_expression)] @manual
  (#set! reason "the literal is the name of a file"))
((namespace_definition body: (_)) @manual
  (#set! reason "the file puts its namespace in braces, and the code that reads secrets has no place in it"))
((binary_expression left: [(string) (encapsed_string)] @manual operator: "." right: [(string) (encapsed_string)] @manual)
  (#set! reason "the value is put together from pieces with `.`"))
