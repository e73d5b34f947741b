; Literals, keys and forbidden places. Captures as in ../python/literals.scm, and:
;   @tight       a literal that stands alone as what is assigned or returned: a command there needs no brackets
;   @scope.sync  the parameters of the script: their defaults are read before any function of the file is there

(verbatim_string_characters) @literal
(expandable_string_literal) @literal
(verbatim_here_string_characters) @literal
(expandable_here_string_literal) @literal
(integer_literal) @number

(comment) @void

(program (param_block) @head @scope.sync)
(function_name) @name
(command_name) @name

((assignment_expression (left_assignment_expression) @key value: (_) @value) @pair (#set! group "prefix"))
((hash_entry (key_expression (simple_name) @key) (pipeline) @value) @pair (#set! group "siblings"))
((hash_entry (key_expression (unary_expression (string_literal) @key)) (pipeline) @value) @pair (#set! group "siblings"))
((command_elements (command_parameter) @key . (command_argument_sep) . (array_literal_expression) @value) @pair (#set! group "siblings"))
((script_parameter (variable) @key (script_parameter_default) @value) @pair (#set! group "siblings"))
((class_property_definition (variable) @key (logical_expression) @value) @pair (#set! group "siblings"))

(assignment_expression value: (pipeline . (pipeline_chain . (logical_expression . (bitwise_expression . (comparison_expression . (additive_expression . (multiplicative_expression . (format_expression . (range_expression . (array_literal_expression . (unary_expression . (string_literal (_) @tight) .) .) .) .) .) .) .) .) .) .) .))
(flow_control_statement (pipeline . (pipeline_chain . (logical_expression . (bitwise_expression . (comparison_expression . (additive_expression . (multiplicative_expression . (format_expression . (range_expression . (array_literal_expression . (unary_expression . (string_literal (_) @tight) .) .) .) .) .) .) .) .) .) .) .))

((hash_entry (key_expression) @manual) (#set! reason "the literal is a key"))
((element_access (_) . (logical_expression) @manual) (#set! reason "the literal is a key"))
((attribute) @manual (#set! reason "an attribute's argument has to be a constant"))
((switch_clause_condition) @manual (#set! reason "the literal is a `switch` label"))
((expandable_string_literal (sub_expression) @manual) (#set! reason "the literal stands inside a string"))
((expandable_here_string_literal (sub_expression) @manual) (#set! reason "the literal stands inside a string"))
((class_property_definition (logical_expression) @manual)
  (#set! reason "a class is made before the file's functions are there: set the property in its constructor"))
((command command_name: (command_name) @_elsewhere) @manual
  (#match? @_elsewhere "^(?i:invoke-command|icm|start-job|start-threadjob|register-[a-z-]+|configuration)$")
  (#set! reason "the command's block may run where the file's functions aren't"))
((command command_elements: (command_elements (command_parameter) @_parallel)) @manual
  (#match? @_parallel "^(?i:-parallel)$") (#set! reason "the command's block may run where the file's functions aren't"))
((additive_expression . (additive_expression . (multiplicative_expression . (format_expression . (range_expression . (array_literal_expression . (unary_expression . (string_literal) @manual .) .) .) .) .) .) . (multiplicative_expression . (format_expression . (range_expression . (array_literal_expression . (unary_expression . (string_literal) @manual .) .) .) .) .) .) (#set! reason "the value is put together from pieces with `+`"))
