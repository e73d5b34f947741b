; Literals, keys and forbidden places of Java. Captures as in ../python/literals.scm, and:
;   @package  the name in the package clause     @own  a name that the file gives to something itself
;   @final    the value of a compile-time constant     @note  a place that a rewrite needs a word about
;   @constant a place that takes constants only

(string_literal) @literal
(binary_expression operator: "+") @literal
(decimal_integer_literal) @number
(line_comment) @void
(block_comment) @void
(program (package_declaration) @head)
(program (import_declaration) @import)
(package_declaration [(identifier) (scoped_identifier)] @package)
(identifier) @name
(type_identifier) @name
(class_declaration name: (identifier) @own)
(interface_declaration name: (identifier) @own)
(enum_declaration name: (identifier) @own)
(record_declaration name: (identifier) @own)
(annotation_type_declaration name: (identifier) @own)
(variable_declarator name: (identifier) @own)
(formal_parameter name: (identifier) @own)
(type_parameter (type_identifier) @own)

((variable_declarator name: (identifier) @key value: (_) @value) @pair (#set! group "prefix"))
((assignment_expression left: (identifier) @key right: (_) @value) @pair (#set! group "prefix"))
((assignment_expression left: (field_access field: (identifier) @key) right: (_) @value) @pair (#set! group "prefix"))
((method_invocation name: (identifier) @_name arguments: (argument_list (string_literal) @key . (_) @value)) @pair
  (#match? @_name "^(?:put|putIfAbsent|of|entry|set|setProperty|setHeader|setAttribute|add|addHeader|header|with|property)$")
  (#set! group "none"))
((enum_constant name: (identifier) @key arguments: (argument_list . (_) @value .)) @pair (#set! group "none"))

(field_declaration (modifiers "final") declarator: (variable_declarator value: (_) @final))
(local_variable_declaration (modifiers "final") declarator: (variable_declarator value: (_) @final))
(constant_declaration declarator: (variable_declarator value: (_) @final))
((field_declaration (modifiers ["public" "protected"] "static" "final") declarator: (variable_declarator value: (_) @note))
  (#set! note "Classes that use the constant hold a copy of the old value until they are compiled again: build everything anew."))
((constant_declaration declarator: (variable_declarator value: (_) @note))
  (#set! note "Classes that use the constant hold a copy of the old value until they are compiled again: build everything anew."))

((annotation arguments: (_) @constant)
  (#set! reason "an annotation takes constants only"))
((annotation_type_element_declaration value: (_) @constant)
  (#set! reason "an annotation's default is a constant"))
((switch_label) @constant
  (#set! reason "a `case` label takes constants only"))
((template_expression) @manual (#set! reason "the literal is a string template"))
((binary_expression left: (string_literal) @manual operator: ["==" "!="])
  (#set! reason "the literal is compared by identity"))
((binary_expression operator: ["==" "!="] right: (string_literal) @manual)
  (#set! reason "the literal is compared by identity"))
((binary_expression left: (binary_expression right: (string_literal) @manual) operator: "+" right: (string_literal))
  (#set! reason "the value is put together from pieces with `+`"))
((binary_expression left: (binary_expression right: (string_literal)) operator: "+" right: (string_literal) @manual)
  (#set! reason "the value is put together from pieces with `+`"))
