; Literals, keys and forbidden places of Rust. Captures as in ../go/literals.scm, and:
;   @free  a literal that rules about literals of its kind don't hold for
;   @runs  code that runs when the program does, also within a place that takes constants only
;   @constant.type  the type of a constant that becomes another one's, so that its value is read when it is first used
;   @constant.use  a place that takes such a variable, and how its name is then written
;   @constant.seen  a sign that other files see what this one declares outside of functions
;   @lent  a value that lasts as long as the block that names it (@lent.name), which is enough if each use of the name
;   is one that keeps nothing of it (@lent.use)
;   @module  a module within the file; @test  test code within it

(string_literal) @literal
(raw_string_literal) @literal
(integer_literal) @number
(float_literal) @number
(line_comment) @void
(block_comment) @void
(shebang) @head
(inner_attribute_item) @head
(source_file (line_comment (inner_doc_comment_marker)) @head)
(source_file (block_comment (inner_doc_comment_marker)) @head)
(source_file (use_declaration) @import)
(source_file (extern_crate_declaration) @import)
(source_file (mod_item !body) @import)
(source_file (attribute_item) @import . [(use_declaration) (extern_crate_declaration)])
(source_file (attribute_item) @import . (mod_item !body))
(identifier) @name
(type_identifier) @name
(field_identifier) @name
(shorthand_field_identifier) @name
(mod_item body: (_)) @module
(mod_item !body) @constant.seen
((macro_invocation macro: (identifier) @_include) @constant.seen (#eq? @_include "include"))

((attribute_item (attribute (identifier) @_cfg arguments: (token_tree) @_test)) . [(mod_item) (function_item) (impl_item)] @test
  (#eq? @_cfg "cfg") (#match? @_test "^\\((?:all\\()?test\\b"))
((attribute_item (attribute (identifier) @_cfg arguments: (token_tree) @_test)) . (attribute_item) . [(mod_item) (function_item) (impl_item)] @test
  (#eq? @_cfg "cfg") (#match? @_test "^\\((?:all\\()?test\\b"))
((attribute_item (attribute [(identifier) (scoped_identifier)] @_test)) . (function_item) @test
  (#match? @_test "^(?:[a-z_]+::)?(?:test|rstest|bench)$"))
((attribute_item (attribute [(identifier) (scoped_identifier)] @_test)) . (attribute_item) . (function_item) @test
  (#match? @_test "^(?:[a-z_]+::)?(?:test|rstest|bench)$"))

((let_declaration pattern: (identifier) @key value: (_) @value) @pair (#set! group "prefix"))
((let_declaration pattern: (mut_pattern (identifier) @key) value: (_) @value) @pair (#set! group "prefix"))
((const_item name: (identifier) @key value: (_) @value) @pair (#set! group "prefix"))
((static_item name: (identifier) @key value: (_) @value) @pair (#set! group "prefix"))
((assignment_expression left: (identifier) @key right: (_) @value) @pair (#set! group "prefix"))
((assignment_expression left: (field_expression field: (field_identifier) @key) right: (_) @value) @pair (#set! group "prefix"))
((assignment_expression left: (index_expression (string_literal) @key .) right: (_) @value) @pair (#set! group "prefix"))
((field_initializer field: (field_identifier) @key value: (_) @value) @pair (#set! group "siblings"))
((tuple_expression . (string_literal) @key . (_) @value .) @pair (#set! group "siblings"))
((call_expression
    function: (field_expression field: (field_identifier) @key)
    arguments: (arguments . (_) @value .)) @pair
  (#match? @key "(?i)pass|pwd|secret|token|key|cred|auth|dsn|ur[il]|user") (#set! group "none"))
((call_expression
    function: [(identifier) (scoped_identifier) (field_expression)] @_sets
    arguments: (arguments . (string_literal) @key . (_) @value .)) @pair
  (#match? @_sets "(?:^|[.:])(insert|set|header|env|set_var|append|arg|set_default|set_header|query)$") (#set! group "siblings"))
((call_expression
    function: (field_expression
      value: (call_expression
        function: (scoped_identifier name: (identifier) @_var)
        arguments: (arguments . (string_literal) @key .))
      field: (field_identifier) @_or)
    arguments: (arguments . (_) @value .)) @pair
  (#any-of? @_var "var" "var_os") (#match? @_or "^unwrap_or(?:_else)?$") (#set! group "none"))
((token_tree (string_literal) @key . [":" "=>"] . (string_literal) @value) @pair (#set! group "none"))

; A constant becomes a static that is read when it is first used.
((source_file (const_item . "const" @constant.token name: (identifier) @constant.name @constant.one
    type: (reference_type (primitive_type) @_str) @constant.type
    value: [(string_literal) (raw_string_literal)] @constant.value) @constant.all)
  (#eq? @_str "str") (#set! becomes "static")
  (#set! type "std::sync::LazyLock<«type»>") (#set! value "std::sync::LazyLock::new(|| «value»)")
  (#set! mention "\\{«name»\\s*[:}]"))
((block (const_item . "const" @constant.token name: (identifier) @constant.name @constant.one
    type: (reference_type (primitive_type) @_str) @constant.type
    value: [(string_literal) (raw_string_literal)] @constant.value) @constant.all)
  (#eq? @_str "str") (#set! becomes "static")
  (#set! type "std::sync::LazyLock<«type»>") (#set! value "std::sync::LazyLock::new(|| «value»)")
  (#set! mention "\\{«name»\\s*[:}]"))
((mod_item body: (declaration_list (const_item . "const" @constant.token name: (identifier) @constant.name @constant.one
    type: (reference_type (primitive_type) @_str) @constant.type
    value: [(string_literal) (raw_string_literal)] @constant.value) @constant.all))
  (#eq? @_str "str") (#set! becomes "static")
  (#set! type "std::sync::LazyLock<«type»>") (#set! value "std::sync::LazyLock::new(|| «value»)")
  (#set! mention "\\{«name»\\s*[:}]"))
((source_file (static_item . "static" @constant.token . name: (identifier) @constant.name @constant.one
    type: (reference_type (primitive_type) @_str) @constant.type
    value: [(string_literal) (raw_string_literal)] @constant.value) @constant.all)
  (#eq? @_str "str") (#set! becomes "static")
  (#set! type "std::sync::LazyLock<«type»>") (#set! value "std::sync::LazyLock::new(|| «value»)")
  (#set! mention "\\{«name»\\s*[:}]"))
((block (static_item . "static" @constant.token . name: (identifier) @constant.name @constant.one
    type: (reference_type (primitive_type) @_str) @constant.type
    value: [(string_literal) (raw_string_literal)] @constant.value) @constant.all)
  (#eq? @_str "str") (#set! becomes "static")
  (#set! type "std::sync::LazyLock<«type»>") (#set! value "std::sync::LazyLock::new(|| «value»)")
  (#set! mention "\\{«name»\\s*[:}]"))

((arguments (identifier) @constant.use) (#set! use "*«name»"))
((field_initializer value: (identifier) @constant.use) (#set! use "*«name»"))
((let_declaration value: (identifier) @constant.use) (#set! use "*«name»"))
((assignment_expression right: (identifier) @constant.use) (#set! use "*«name»"))
((binary_expression left: (identifier) @constant.use) (#set! use "*«name»"))
((binary_expression right: (identifier) @constant.use) (#set! use "*«name»"))
((return_expression (identifier) @constant.use) (#set! use "*«name»"))
((closure_expression body: (identifier) @constant.use) (#set! use "*«name»"))
((match_arm value: (identifier) @constant.use) (#set! use "*«name»"))
((match_expression value: (identifier) @constant.use) (#set! use "*«name»"))
((block (identifier) @constant.use .) (#set! use "*«name»"))
((array_expression (identifier) @constant.use) (#set! use "*«name»"))
((tuple_expression (identifier) @constant.use) (#set! use "*«name»"))
((parenthesized_expression (identifier) @constant.use) (#set! use "*«name»"))
((reference_expression value: (identifier) @constant.use) (#set! use "*«name»"))
((call_expression function: (field_expression value: (identifier) @constant.use field: (field_identifier) @_method))
  (#any-of? @_method "len" "is_empty" "as_bytes" "to_string" "to_owned" "trim" "chars" "bytes" "lines" "split" "starts_with" "ends_with" "contains" "find" "parse" "replace" "strip_prefix" "strip_suffix" "to_lowercase" "to_uppercase")
  (#set! use "«name»"))
((call_expression function: (field_expression value: (identifier) @constant.use field: (field_identifier) @_method))
  (#not-any-of? @_method "len" "is_empty" "as_bytes" "to_string" "to_owned" "trim" "chars" "bytes" "lines" "split" "starts_with" "ends_with" "contains" "find" "parse" "replace" "strip_prefix" "strip_suffix" "to_lowercase" "to_uppercase")
  (#set! use "(*«name»)"))
((token_tree ["(" "[" ":" "=>" "&"] . (identifier) @constant.use . [")" "]" "}" ","]) (#set! use "*«name»"))
((token_tree . "(" "," . (identifier) @constant.use . [")" ","]) (#set! use "*«name»"))
((token_tree . "[" "," . (identifier) @constant.use . ["]" ","]) (#set! use "*«name»"))
((token_tree "(" . (identifier) @constant.use . "." . (identifier) @_method . (token_tree))
  (#any-of? @_method "len" "is_empty" "as_bytes" "to_string" "to_owned" "trim")
  (#set! use "«name»"))
((token_tree "," . (identifier) @constant.use . "." . (identifier) @_method . (token_tree))
  (#any-of? @_method "len" "is_empty" "as_bytes" "to_string" "to_owned" "trim")
  (#set! use "«name»"))

(function_item body: (block) @runs)
(closure_expression body: (_) @runs)
((const_item value: (_) @constant) (#set! reason "a constant is made when the program is compiled"))
((static_item value: (_) @constant) (#set! reason "a static is made when the program is compiled"))
((const_item (visibility_modifier) value: [(string_literal) (raw_string_literal)] @manual)
  (#set! reason "other files may use the constant, and would need another type"))
((static_item (visibility_modifier) value: [(string_literal) (raw_string_literal)] @manual)
  (#set! reason "other files may use the static, and would need another type"))
((const_block) @manual (#set! reason "a `const` block runs when the program is compiled"))
((array_type length: (_) @constant) (#set! reason "the length of an array is made of it"))
((function_item (function_modifiers "const") body: (_) @manual)
  (#set! reason "a `const fn` may run when the program is compiled"))

((source_file (inner_attribute_item (attribute (identifier) @_no_std) @never))
  (#eq? @_no_std "no_std") (#set! reason "the crate does without the standard library"))
; What reads a secret stands outside of code that is compiled under a condition, and would be code that nothing uses without it.
((attribute_item (attribute (identifier) @_cfg arguments: (token_tree) @_condition)) . (_) @manual
  (#eq? @_cfg "cfg") (#not-match? @_condition "^\\((?:all\\()?test\\b")
  (#set! reason "the code around it is compiled under a condition only"))
((attribute_item (attribute (identifier) @_cfg arguments: (token_tree) @_condition)) . [(attribute_item) (line_comment) (block_comment)] . (_) @manual
  (#eq? @_cfg "cfg") (#not-match? @_condition "^\\((?:all\\()?test\\b")
  (#set! reason "the code around it is compiled under a condition only"))
((attribute_item (attribute (identifier) @_cfg arguments: (token_tree) @_condition)) . [(attribute_item) (line_comment) (block_comment)] . [(attribute_item) (line_comment) (block_comment)] . (_) @manual
  (#eq? @_cfg "cfg") (#not-match? @_condition "^\\((?:all\\()?test\\b")
  (#set! reason "the code around it is compiled under a condition only"))
((attribute_item) @manual (#set! reason "an attribute takes literals only"))
((inner_attribute_item) @manual (#set! reason "an attribute takes literals only"))
((macro_definition) @manual (#set! reason "the literal is a part of a macro"))
((extern_modifier) @manual (#set! reason "the literal names a calling convention"))
((match_pattern . (_) @manual) (#set! reason "the literal is a pattern"))
((let_condition pattern: (_) @manual) (#set! reason "the literal is a pattern"))
((let_declaration pattern: (_) @manual) (#set! reason "the literal is a pattern"))

; Within a macro only what is known to be an expression is touched.
((macro_invocation macro: (_) @_macro (token_tree) @manual)
  (#not-match? @_macro "^(?:std::|core::|alloc::|serde_json::|anyhow::|log::|maplit::)?(?:format|print|println|eprint|eprintln|panic|todo|unimplemented|anyhow|bail|dbg|vec|json|hashmap|btreemap|assert|assert_eq|assert_ne|debug_assert|debug_assert_eq|debug_assert_ne|trace|debug|info|warn|error)$")
  (#set! reason "the literal stands in a macro whose arguments may be anything"))
((token_tree (identifier) @_macro . "!" . (token_tree) @manual)
  (#not-any-of? @_macro "format" "vec" "dbg" "json" "hashmap" "btreemap")
  (#set! reason "the literal stands in a macro whose arguments may be anything"))
((macro_invocation macro: (_) @_macro (token_tree . [(string_literal) (raw_string_literal)] @manual))
  (#not-match? @_macro "(?:^|::)(?:dbg|vec|json|hashmap|btreemap|assert_eq|assert_ne|debug_assert_eq|debug_assert_ne)$")
  (#set! reason "the text of a format is a literal"))
((token_tree (identifier) @_macro . "!" . (token_tree . [(string_literal) (raw_string_literal)] @manual))
  (#eq? @_macro "format")
  (#set! reason "the text of a format is a literal"))
((macro_invocation macro: (_) @_macro (token_tree) @manual)
  (#match? @_macro "(?:^|::)(?:debug_)?assert$") (#match? @manual ",")
  (#set! reason "the literal may be the text of a format"))
((macro_invocation macro: (_) @_macro (token_tree) @manual)
  (#match? @_macro "(?:^|::)(?:debug_)?assert_(?:eq|ne)$") (#match? @manual ",[^,]*,\\s*[^\\s)]")
  (#set! reason "the literal may be the text of a format"))
((macro_invocation macro: (_) @_macro (token_tree) @manual)
  (#match? @_macro "(?:^|::)(?:trace|debug|info|warn|error)$") (#match? @manual "\\b[a-z_]+: |[ (][%?]")
  (#set! reason "the literal stands in a macro whose arguments may be anything"))
((token_tree [(string_literal) (raw_string_literal)] @manual . [":" "=>"]) (#set! reason "the literal is a key"))

; A reference to a literal lives as long as the program; one to what is computed, as long as the statement.
((block (reference_expression value: [(string_literal) (raw_string_literal) (array_expression) (tuple_expression) (struct_expression)]) @manual .)
  (#set! reason "a reference to it outlives the place"))
((return_expression (reference_expression value: [(string_literal) (raw_string_literal) (array_expression) (tuple_expression) (struct_expression)]) @manual)
  (#set! reason "a reference to it outlives the place"))
((closure_expression body: (reference_expression value: [(string_literal) (raw_string_literal) (array_expression) (tuple_expression) (struct_expression)]) @manual)
  (#set! reason "a reference to it outlives the place"))
((match_arm value: (reference_expression value: [(string_literal) (raw_string_literal) (array_expression) (tuple_expression) (struct_expression)]) @manual)
  (#set! reason "a reference to it outlives the place"))
((assignment_expression right: (reference_expression value: [(string_literal) (raw_string_literal) (array_expression) (tuple_expression) (struct_expression)]) @manual)
  (#set! reason "a reference to it outlives the place"))
((field_initializer value: (reference_expression value: [(string_literal) (raw_string_literal) (array_expression) (tuple_expression) (struct_expression)]) @manual)
  (#set! reason "a reference to it outlives the place"))
((array_expression (reference_expression value: [(string_literal) (raw_string_literal) (array_expression) (tuple_expression) (struct_expression)]) @manual)
  (#set! reason "a reference to it outlives the place"))
((tuple_expression (reference_expression value: [(string_literal) (raw_string_literal) (array_expression) (tuple_expression) (struct_expression)]) @manual)
  (#set! reason "a reference to it outlives the place"))
((let_declaration value: (call_expression function: (field_expression value: (array_expression) @manual)))
  (#set! reason "a reference to it outlives the place"))
((let_declaration type: (reference_type (lifetime) @_static) value: (reference_expression value: [(string_literal) (raw_string_literal) (array_expression) (tuple_expression) (struct_expression)]) @manual)
  (#eq? @_static "'static") (#set! reason "a reference to it outlives the place"))

; A reference with a name lives as long as the block: long enough where no use of the name keeps it.
((let_declaration pattern: (identifier) @lent.name value: (reference_expression value: [(string_literal) (raw_string_literal) (array_expression) (tuple_expression) (struct_expression)]) @lent)
  (#set! reason "a reference to it may outlive the block"))
((for_expression value: (identifier) @lent.use))
((index_expression . (identifier) @lent.use))
((binary_expression (identifier) @lent.use))
((arguments (field_expression value: (identifier) @lent.use)))
((binary_expression (field_expression value: (identifier) @lent.use)))
((call_expression function: (field_expression value: (identifier) @lent.use field: (field_identifier) @_method))
  (#any-of? @_method "len" "is_empty" "contains" "starts_with" "ends_with" "join" "concat" "to_vec"))
((macro_invocation macro: (identifier) @_macro (token_tree (identifier) @lent.use))
  (#any-of? @_macro "format" "print" "println" "eprint" "eprintln" "write" "writeln" "panic" "assert" "assert_eq" "assert_ne" "debug_assert" "debug_assert_eq" "debug_assert_ne"))
((expression_statement (call_expression function: [(identifier) (scoped_identifier)] arguments: (arguments (identifier) @lent.use))))
((expression_statement (call_expression function: (field_expression field: (field_identifier) @_method) arguments: (arguments (identifier) @lent.use)))
  (#not-any-of? @_method "push" "push_back" "push_front" "insert" "replace" "get_or_insert" "set" "send" "store" "add" "register" "resize" "fill" "extend"))
((expression_statement (try_expression (call_expression function: [(identifier) (scoped_identifier)] arguments: (arguments (identifier) @lent.use)))))
((expression_statement (try_expression (call_expression function: (field_expression field: (field_identifier) @_method) arguments: (arguments (identifier) @lent.use))))
  (#not-any-of? @_method "push" "push_back" "push_front" "insert" "replace" "get_or_insert" "set" "send" "store" "add" "register" "resize" "fill" "extend"))
((expression_statement (await_expression (call_expression function: [(identifier) (scoped_identifier)] arguments: (arguments (identifier) @lent.use)))))
((expression_statement (await_expression (call_expression function: (field_expression field: (field_identifier) @_method) arguments: (arguments (identifier) @lent.use))))
  (#not-any-of? @_method "push" "push_back" "push_front" "insert" "replace" "get_or_insert" "set" "send" "store" "add" "register" "resize" "fill" "extend"))
((expression_statement (try_expression (await_expression (call_expression function: [(identifier) (scoped_identifier)] arguments: (arguments (identifier) @lent.use))))))
((expression_statement (try_expression (await_expression (call_expression function: (field_expression field: (field_identifier) @_method) arguments: (arguments (identifier) @lent.use)))))
  (#not-any-of? @_method "push" "push_back" "push_front" "insert" "replace" "get_or_insert" "set" "send" "store" "add" "register" "resize" "fill" "extend"))

; Some methods keep what they are given.
((call_expression function: (field_expression field: (field_identifier) @_method) arguments: (arguments (reference_expression value: [(string_literal) (raw_string_literal) (array_expression) (tuple_expression) (struct_expression)]) @manual))
  (#any-of? @_method "push" "push_back" "push_front" "insert" "replace" "get_or_insert" "set" "send" "store" "add" "register" "resize" "fill")
  (#set! reason "a reference to it outlives the place"))

; What a call gives may hold the reference that it was given.
((let_declaration value: (call_expression arguments: (arguments (reference_expression value: [(string_literal) (raw_string_literal) (array_expression) (tuple_expression) (struct_expression)]) @manual)))
  (#set! reason "a reference to it outlives the place"))
((let_declaration value: (try_expression (call_expression arguments: (arguments (reference_expression value: [(string_literal) (raw_string_literal) (array_expression) (tuple_expression) (struct_expression)]) @manual))))
  (#set! reason "a reference to it outlives the place"))
((block (call_expression arguments: (arguments (reference_expression value: [(string_literal) (raw_string_literal) (array_expression) (tuple_expression) (struct_expression)]) @manual)) .)
  (#set! reason "a reference to it outlives the place"))
((return_expression (call_expression arguments: (arguments (reference_expression value: [(string_literal) (raw_string_literal) (array_expression) (tuple_expression) (struct_expression)]) @manual)))
  (#set! reason "a reference to it outlives the place"))
((closure_expression body: (call_expression arguments: (arguments (reference_expression value: [(string_literal) (raw_string_literal) (array_expression) (tuple_expression) (struct_expression)]) @manual)))
  (#set! reason "a reference to it outlives the place"))
((match_arm value: (call_expression arguments: (arguments (reference_expression value: [(string_literal) (raw_string_literal) (array_expression) (tuple_expression) (struct_expression)]) @manual)))
  (#set! reason "a reference to it outlives the place"))
((assignment_expression right: (call_expression arguments: (arguments (reference_expression value: [(string_literal) (raw_string_literal) (array_expression) (tuple_expression) (struct_expression)]) @manual)))
  (#set! reason "a reference to it outlives the place"))
((field_initializer value: (call_expression arguments: (arguments (reference_expression value: [(string_literal) (raw_string_literal) (array_expression) (tuple_expression) (struct_expression)]) @manual)))
  (#set! reason "a reference to it outlives the place"))
((arguments (call_expression arguments: (arguments (reference_expression value: [(string_literal) (raw_string_literal) (array_expression) (tuple_expression) (struct_expression)]) @manual)))
  (#set! reason "a reference to it outlives the place"))
((array_expression (call_expression arguments: (arguments (reference_expression value: [(string_literal) (raw_string_literal) (array_expression) (tuple_expression) (struct_expression)]) @manual)))
  (#set! reason "a reference to it outlives the place"))
((tuple_expression (call_expression arguments: (arguments (reference_expression value: [(string_literal) (raw_string_literal) (array_expression) (tuple_expression) (struct_expression)]) @manual)))
  (#set! reason "a reference to it outlives the place"))

; So may what a method of an array gives, and an iterator made of it.
((block (call_expression function: (field_expression value: [(array_expression) (parenthesized_expression (reference_expression value: (array_expression)))] @manual field: (field_identifier) @_method)) .)
  (#any-of? @_method "iter" "as_slice" "as_ref" "first" "last" "get" "chunks" "windows")
  (#set! reason "a reference to it outlives the place"))
((return_expression (call_expression function: (field_expression value: [(array_expression) (parenthesized_expression (reference_expression value: (array_expression)))] @manual field: (field_identifier) @_method)))
  (#any-of? @_method "iter" "as_slice" "as_ref" "first" "last" "get" "chunks" "windows")
  (#set! reason "a reference to it outlives the place"))
((closure_expression body: (call_expression function: (field_expression value: [(array_expression) (parenthesized_expression (reference_expression value: (array_expression)))] @manual field: (field_identifier) @_method)))
  (#any-of? @_method "iter" "as_slice" "as_ref" "first" "last" "get" "chunks" "windows")
  (#set! reason "a reference to it outlives the place"))
((match_arm value: (call_expression function: (field_expression value: [(array_expression) (parenthesized_expression (reference_expression value: (array_expression)))] @manual field: (field_identifier) @_method)))
  (#any-of? @_method "iter" "as_slice" "as_ref" "first" "last" "get" "chunks" "windows")
  (#set! reason "a reference to it outlives the place"))
((assignment_expression right: (call_expression function: (field_expression value: [(array_expression) (parenthesized_expression (reference_expression value: (array_expression)))] @manual field: (field_identifier) @_method)))
  (#any-of? @_method "iter" "as_slice" "as_ref" "first" "last" "get" "chunks" "windows")
  (#set! reason "a reference to it outlives the place"))
((field_initializer value: (call_expression function: (field_expression value: [(array_expression) (parenthesized_expression (reference_expression value: (array_expression)))] @manual field: (field_identifier) @_method)))
  (#any-of? @_method "iter" "as_slice" "as_ref" "first" "last" "get" "chunks" "windows")
  (#set! reason "a reference to it outlives the place"))
((arguments (call_expression function: (field_expression value: [(array_expression) (parenthesized_expression (reference_expression value: (array_expression)))] @manual field: (field_identifier) @_method)))
  (#any-of? @_method "iter" "as_slice" "as_ref" "first" "last" "get" "chunks" "windows")
  (#set! reason "a reference to it outlives the place"))
((array_expression (call_expression function: (field_expression value: [(array_expression) (parenthesized_expression (reference_expression value: (array_expression)))] @manual field: (field_identifier) @_method)))
  (#any-of? @_method "iter" "as_slice" "as_ref" "first" "last" "get" "chunks" "windows")
  (#set! reason "a reference to it outlives the place"))
((tuple_expression (call_expression function: (field_expression value: [(array_expression) (parenthesized_expression (reference_expression value: (array_expression)))] @manual field: (field_identifier) @_method)))
  (#any-of? @_method "iter" "as_slice" "as_ref" "first" "last" "get" "chunks" "windows")
  (#set! reason "a reference to it outlives the place"))
((let_declaration value: (call_expression function: (field_expression value: (parenthesized_expression (reference_expression value: (array_expression))) @manual)))
  (#set! reason "a reference to it outlives the place"))
((let_declaration value: (call_expression function: (field_expression
    value: (call_expression function: (field_expression value: [(array_expression) (parenthesized_expression (reference_expression value: (array_expression)))] @manual field: (field_identifier) @_method))
    field: (field_identifier) @_more)))
  (#eq? @_method "iter") (#not-any-of? @_more "any" "all" "count" "position" "for_each" "sum" "copied" "cloned")
  (#set! reason "a reference to it outlives the place"))
((let_declaration value: (call_expression function: (field_expression
    value: (call_expression function: (field_expression
      value: (call_expression function: (field_expression value: [(array_expression) (parenthesized_expression (reference_expression value: (array_expression)))] @manual field: (field_identifier) @_method))
      field: (field_identifier) @_more)))))
  (#eq? @_method "iter") (#not-any-of? @_more "copied" "cloned" "map")
  (#set! reason "a reference to it outlives the place"))
((block (call_expression function: (field_expression
    value: (call_expression function: (field_expression value: [(array_expression) (parenthesized_expression (reference_expression value: (array_expression)))] @manual field: (field_identifier) @_method))
    field: (field_identifier) @_more)) .)
  (#eq? @_method "iter") (#any-of? @_more "map" "filter" "filter_map" "enumerate" "rev" "chain" "zip" "skip" "take" "copied" "cloned" "cycle" "peekable" "flat_map" "step_by" "skip_while" "take_while")
  (#set! reason "a reference to it outlives the place"))
((return_expression (call_expression function: (field_expression
    value: (call_expression function: (field_expression value: [(array_expression) (parenthesized_expression (reference_expression value: (array_expression)))] @manual field: (field_identifier) @_method))
    field: (field_identifier) @_more)))
  (#eq? @_method "iter") (#any-of? @_more "map" "filter" "filter_map" "enumerate" "rev" "chain" "zip" "skip" "take" "copied" "cloned" "cycle" "peekable" "flat_map" "step_by" "skip_while" "take_while")
  (#set! reason "a reference to it outlives the place"))
((closure_expression body: (call_expression function: (field_expression
    value: (call_expression function: (field_expression value: [(array_expression) (parenthesized_expression (reference_expression value: (array_expression)))] @manual field: (field_identifier) @_method))
    field: (field_identifier) @_more)))
  (#eq? @_method "iter") (#any-of? @_more "map" "filter" "filter_map" "enumerate" "rev" "chain" "zip" "skip" "take" "copied" "cloned" "cycle" "peekable" "flat_map" "step_by" "skip_while" "take_while")
  (#set! reason "a reference to it outlives the place"))
((match_arm value: (call_expression function: (field_expression
    value: (call_expression function: (field_expression value: [(array_expression) (parenthesized_expression (reference_expression value: (array_expression)))] @manual field: (field_identifier) @_method))
    field: (field_identifier) @_more)))
  (#eq? @_method "iter") (#any-of? @_more "map" "filter" "filter_map" "enumerate" "rev" "chain" "zip" "skip" "take" "copied" "cloned" "cycle" "peekable" "flat_map" "step_by" "skip_while" "take_while")
  (#set! reason "a reference to it outlives the place"))
((assignment_expression right: (call_expression function: (field_expression
    value: (call_expression function: (field_expression value: [(array_expression) (parenthesized_expression (reference_expression value: (array_expression)))] @manual field: (field_identifier) @_method))
    field: (field_identifier) @_more)))
  (#eq? @_method "iter") (#any-of? @_more "map" "filter" "filter_map" "enumerate" "rev" "chain" "zip" "skip" "take" "copied" "cloned" "cycle" "peekable" "flat_map" "step_by" "skip_while" "take_while")
  (#set! reason "a reference to it outlives the place"))
((field_initializer value: (call_expression function: (field_expression
    value: (call_expression function: (field_expression value: [(array_expression) (parenthesized_expression (reference_expression value: (array_expression)))] @manual field: (field_identifier) @_method))
    field: (field_identifier) @_more)))
  (#eq? @_method "iter") (#any-of? @_more "map" "filter" "filter_map" "enumerate" "rev" "chain" "zip" "skip" "take" "copied" "cloned" "cycle" "peekable" "flat_map" "step_by" "skip_while" "take_while")
  (#set! reason "a reference to it outlives the place"))
((arguments (call_expression function: (field_expression
    value: (call_expression function: (field_expression value: [(array_expression) (parenthesized_expression (reference_expression value: (array_expression)))] @manual field: (field_identifier) @_method))
    field: (field_identifier) @_more)))
  (#eq? @_method "iter") (#any-of? @_more "map" "filter" "filter_map" "enumerate" "rev" "chain" "zip" "skip" "take" "copied" "cloned" "cycle" "peekable" "flat_map" "step_by" "skip_while" "take_while")
  (#set! reason "a reference to it outlives the place"))
((array_expression (call_expression function: (field_expression
    value: (call_expression function: (field_expression value: [(array_expression) (parenthesized_expression (reference_expression value: (array_expression)))] @manual field: (field_identifier) @_method))
    field: (field_identifier) @_more)))
  (#eq? @_method "iter") (#any-of? @_more "map" "filter" "filter_map" "enumerate" "rev" "chain" "zip" "skip" "take" "copied" "cloned" "cycle" "peekable" "flat_map" "step_by" "skip_while" "take_while")
  (#set! reason "a reference to it outlives the place"))
((tuple_expression (call_expression function: (field_expression
    value: (call_expression function: (field_expression value: [(array_expression) (parenthesized_expression (reference_expression value: (array_expression)))] @manual field: (field_identifier) @_method))
    field: (field_identifier) @_more)))
  (#eq? @_method "iter") (#any-of? @_more "map" "filter" "filter_map" "enumerate" "rev" "chain" "zip" "skip" "take" "copied" "cloned" "cycle" "peekable" "flat_map" "step_by" "skip_while" "take_while")
  (#set! reason "a reference to it outlives the place"))
((token_tree "&" . [(string_literal) (raw_string_literal) (token_tree)] @manual)
  (#set! reason "a reference to it outlives the place"))

; `b"..."` is a reference to an array, whose length is a part of its type.
((string_literal) @manual (#match? @manual "^b") (#set! reason "its length is a part of its type"))
((raw_string_literal) @manual (#match? @manual "^b") (#set! reason "its length is a part of its type"))
((call_expression function: (field_expression value: [(string_literal) (raw_string_literal)] @free field: (field_identifier) @_method))
  (#any-of? @_method "to_vec" "iter" "len" "is_empty" "as_slice"))
((let_declaration type: (reference_type (array_type element: (primitive_type) !length)) value: [(string_literal) (raw_string_literal)] @free))
((call_expression function: [(field_expression) (scoped_identifier)] @_takes arguments: (arguments . [(string_literal) (raw_string_literal)] @free))
  (#match? @_takes "(?:[.:])(?:new_from_slice|from_slice|copy_from_slice|extend_from_slice|write_all|update|digest|encode)$"))
